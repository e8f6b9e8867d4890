import { AwsError } from "../parts.ts";

/** Percent-decoded; a malformed escape is the caller's error. */
export function uriDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    if (cause instanceof URIError) {
      throw new AwsError("InvalidURI", "Couldn't parse the specified URI.");
    }
    throw cause;
  }
}

/** "URI encode every byte except the unreserved characters", Create a signed AWS API request. */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
