import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import software.amazon.dynamodb.services.local.main.ServerRunner;

/**
 * Starts DynamoDB Local with three things its own main class has no option for: it listens on
 * 127.0.0.1 only (the original listens on every interface), on a free port that it prints, and it
 * ends when its standard input ends, so that it never outlives the process that started it,
 * however that process died.
 *
 * <p>Launcher.class beside this file is what the laptop runs, so that a JRE is enough. After a
 * change, compile it again (LIB is the folder of DynamoDBLocal.jar):
 * javac --release 17 -g:none -XDstringConcat=inline -cp LIB/DynamoDBLocal.jar Launcher.java
 */
class Launcher {
  public static void main(String[] options) throws Exception {
    var proxy = ServerRunner.createServerFromCommandLineArgs(options);
    var server = proxy.getClass().getDeclaredField("server");
    server.setAccessible(true);
    var connector = (ServerConnector) ((Server) server.get(proxy)).getConnectors()[0];
    connector.setHost("127.0.0.1");
    connector.setPort(0);
    proxy.safeStart();
    System.out.println("\nPORT " + connector.getLocalPort());
    while (System.in.read() >= 0) {}
    Runtime.getRuntime().halt(0);
  }
}
