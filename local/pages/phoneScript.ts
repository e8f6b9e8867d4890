import { PHONE_BUBBLES } from "./phoneBubbles.ts";
import { PHONE_CHAT } from "./phoneChat.ts";
import { PHONE_CONTROLS } from "./phoneControls.ts";
import { PHONE_MEDIA } from "./phoneMedia.ts";
import { PHONE_TALK } from "./phoneTalk.ts";

/** The parts in the order in which they start; the braces keep their names from the window's. */
export const PHONE_SCRIPT = `"use strict";
{${PHONE_TALK}${PHONE_MEDIA}${PHONE_BUBBLES}${PHONE_CHAT}${PHONE_CONTROLS}}
`;
