/**
 * The errors of section 11.2 that a send can meet, as data: code, HTTP status, whether it comes in
 * the answer (S) or by a failed status (A), and what it says. Where Meta uses both, the one that
 * the table names first. R marks what asks to come back later.
 */
export interface ErrorRow {
  readonly code: number;
  readonly httpStatus: number;
  readonly comes: "inAnswer" | "byStatus";
  readonly isRetryable: boolean;
  readonly title: string;
}

type Row = readonly [codes: number | readonly [number, number], string, title: string];

const ROWS: readonly Row[] = [
  [0, "401 S", "AuthException"],
  [1, "400 S R", "API Unknown"],
  [2, "503 S R", "API Service"],
  [3, "500 S", "API Method"],
  [4, "400 S R", "API Too Many Calls"],
  [10, "403 S", "Permission Denied"],
  [33, "400 S", "Parameter value is not valid"],
  [100, "400 S", "Invalid parameter"],
  [104, "401 S", "Access token required"],
  [190, "401 S", "Access token has expired"],
  [[200, 299], "403 S", "API Permission"],
  [368, "403 S", "Temporarily blocked for policies violations"],
  [613, "400 S R", "Calls to this API have exceeded the rate limit"],
  [80007, "400 S R", "Rate limit issues"],
  [80008, "400 S R", "Rate limit issues"],
  [130403, "400 A", "Business blocked this user"],
  [130429, "400 S R", "Rate limit hit"],
  [130472, "400 A", "User's number is part of an experiment"],
  [130497, "403 S", "Business account is restricted from messaging users in this country"],
  [131000, "500 S R", "Something went wrong"],
  [131005, "403 S", "Access denied"],
  [131008, "400 S", "Required parameter is missing"],
  [131009, "400 S", "Parameter value is not valid"],
  [131016, "500 S R", "Service unavailable"],
  [131020, "400 S", "Invalid group"],
  [131021, "400 S", "Recipient cannot be sender"],
  [131026, "400 A", "Message undeliverable"],
  [131030, "400 S", "Recipient phone number not in allowed list"],
  [131031, "403 S", "Account has been locked"],
  [131037, "400 S", "Display name approval needed"],
  [131041, "400 S", "Invalid group"],
  [131042, "400 A", "Business eligibility payment issue"],
  [131044, "400 S", "Business eligibility payment issue"],
  [131045, "500 S", "Incorrect certificate"],
  [131047, "400 A", "Re-engagement message"],
  [131048, "400 S", "Spam rate limit hit"],
  [131049, "400 A", "Meta chose not to deliver"],
  [131050, "400 A", "User stopped marketing messages"],
  [131051, "400 S", "Unsupported message type"],
  [131053, "400 A", "Media upload error"],
  [131055, "400 S", "Method not allowed"],
  [131056, "400 S R", "(Business Account, Consumer Account) pair rate limit hit"],
  [131057, "500 S R", "Account in maintenance mode"],
  [131059, "400 S", "Invalid group"],
  [131062, "400 S", "Business-scoped user ID recipients are not supported for this message"],
  [131063, "400 S", "Marketing templates are disabled on Cloud API"],
  [131064, "400 S", "Template misclassification limit"],
  [[131201, 131215], "400 S", "Group error"],
  [132000, "400 S", "Template param count mismatch"],
  [132001, "404 S", "Template does not exist"],
  [132005, "400 S", "Template hydrated text too long"],
  [132007, "400 S", "Template format character policy violated"],
  [132008, "400 S", "Template parameter value is not valid"],
  [132012, "400 S", "Template parameter format mismatch"],
  [132015, "400 S", "Template is paused"],
  [132016, "400 S", "Template is disabled"],
  [132018, "400 S", "Template parameters are not valid"],
  [132068, "400 S", "Flow is blocked"],
  [132069, "400 S", "Flow is throttled"],
  [133000, "500 S", "Incomplete deregistration"],
  [133004, "503 S R", "Server temporarily unavailable"],
  [133005, "400 S", "Two-step verification PIN mismatch"],
  [133006, "400 S", "Phone number re-verification needed"],
  [133008, "400 S R", "Too many two-step verification PIN guesses"],
  [133009, "400 S R", "Two-step verification PIN guessed too fast"],
  [133010, "400 S", "Phone number not registered"],
  [133015, "400 S R", "Please wait a few minutes before attempting to register"],
  [133016, "400 S R", "Account register or deregister limit hit"],
  [134011, "400 S", "Payments terms of service not accepted"],
  [134100, "400 S", "Only marketing messages are supported"],
  [134101, "400 S R", "Template is syncing"],
  [134102, "500 S C", "Template is unavailable"],
  [135000, "400 S", "Generic user error"],
  [137000, "400 A", "Recipient identity key hash mismatch"],
  [[138000, 138018], "400 S", "Calling error"],
  [[139000, 139004], "400 S", "Flow error"],
  [[139100, 139101], "400 S", "Block list error"],
  [[139102, 139103], "400 S R", "Block list error"],
  [[147001, 147005], "400 S", "Business username error"],
  [[200005, 200007], "400 S", "Template analytics are not available"],
];

const byCode = new Map(ROWS.flatMap(spread).map((row) => [row.code, row]));

export function errorRow(code: number): ErrorRow | undefined {
  return byCode.get(code);
}

/** @throws when the table does not know a code that this simulator uses itself */
export function knownError(code: number): ErrorRow {
  const row = byCode.get(code);
  if (row === undefined) throw new Error(`The error table has no code ${code}.`);
  return row;
}

function spread([codes, facts, title]: Row): ErrorRow[] {
  const [first, last] = typeof codes === "number" ? [codes, codes] : codes;
  const [status, comes, retry] = facts.split(" ");
  return Array.from({ length: last - first + 1 }, (_, place) => ({
    code: first + place,
    httpStatus: Number(status),
    comes: comes === "A" ? "byStatus" : "inAnswer",
    isRetryable: retry === "R",
    title,
  }));
}
