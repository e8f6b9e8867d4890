/** The little XML that S3 speaks: elements and text, never attributes that matter. */

/** Text, children in order, or a list that repeats the element. */
export type Xml = string | number | boolean | XmlChildren | readonly Xml[];
export interface XmlChildren {
  readonly [element: string]: Xml;
}

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

/** A whole document whose root is `name`. */
export function xmlDocument(name: string, children: XmlChildren): string {
  const inside = xmlElements(children);
  // Errors are the one document that S3 sends without a namespace.
  const root = name === "Error" ? name : `${name} xmlns="${NAMESPACE}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${inside}</${name}>`;
}

/** The texts of all elements of this name, wherever they stand; elements inside are kept as XML. */
export function xmlTexts(xml: string, name: string): string[] {
  const found = xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>(.*?)</${name}>`, "gs"));
  return [...found].map(([, text = ""]) => text);
}

export function xmlUnescape(text: string): string {
  return text
    .replace(/&#x([0-9a-fA-F]{1,6});/g, (_, hex: string) => String.fromCodePoint(parseInt(hex, 16)))
    .replace(/&#(\d{1,7});/g, (_, decimal: string) => String.fromCodePoint(Number(decimal)))
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}

function xmlElements(children: XmlChildren): string {
  return Object.entries(children)
    .flatMap(([name, value]) =>
      isList(value) ? value.map((one) => [name, one] as const) : [[name, value] as const],
    )
    .map(([name, value]) => `<${name}>${xmlContent(value)}</${name}>`)
    .join("");
}

function xmlContent(value: Xml): string {
  if (isList(value)) return value.map(xmlContent).join("");
  return typeof value === "object" ? xmlElements(value) : xmlEscape(String(value));
}

function isList(value: Xml): value is readonly Xml[] {
  return Array.isArray(value);
}

function xmlEscape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\r", "&#13;");
}
