/** Customers who wrote before anybody looked; they come through the front door like all others. */
const CUSTOMERS = [
  { from: "+447700900001", name: "Ada Example", text: "Hi! Is my order on its way?" },
  { from: "+447700900002", name: "Bola Ade", text: "Do you open on Sunday?" },
  { from: "+447700900003", name: "Chidi Obi", text: "Thank you, that solved it." },
  { from: "+447700900004", name: "Dora Lint", text: "Can I change the delivery address?" },
  { from: "+447700900001", name: "Ada Example", text: "The number is 10482." },
] as const;

const CUSTOMERS_MAX = 49;

/** The numbers kept for customers, with the names of those who wrote already. */
export function customersOf(): { readonly number: string; readonly name: string }[] {
  return Array.from({ length: CUSTOMERS_MAX }, (_, index) => {
    const number = `+4477009000${String(index + 1).padStart(2, "0")}`;
    return { number, name: CUSTOMERS.find(({ from }) => from === number)?.name ?? "" };
  });
}

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
