import { launch, stopOnSignals } from "./launch.ts";

/** `npm start`: runs the synthesised template on this machine. */
const cloud = await launch(process.argv.slice(2));
stopOnSignals(() => cloud.stop());
