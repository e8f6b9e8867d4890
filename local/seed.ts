/** Customers who wrote before anybody looked; they come through the front door like all others. */
const CUSTOMERS = [
  { from: "+447700900001", name: "Ada Example", text: "Hi! Is my order on its way?" },
  { from: "+447700900002", name: "Bola Ade", text: "Do you open on Sunday?" },
  { from: "+447700900003", name: "Chidi Obi", text: "Thank you, that solved it." },
  { from: "+447700900004", name: "Dora Lint", text: "Can I change the delivery address?" },
  { from: "+447700900001", name: "Ada Example", text: "The number is 10482." },
] as const;

export async function seedCustomers(url: string): Promise<void> {
  for (const { from, name, text } of CUSTOMERS) {
    const reply = await fetch(`${url}/sim/graph/inbound`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ from, name, content: { type: "text", text } }),
    });
    if (!reply.ok) throw new Error(`A seeded customer was refused: ${await reply.text()}`);
  }
}
