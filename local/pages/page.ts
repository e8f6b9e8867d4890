/** The frame of every page the laptop cloud shows. */
import { Html, html } from "./html.ts";
import { STYLE } from "./style.ts";

/** What a page has besides the common sheet; ours, without outside text, so it stands as it is. */
export interface PageParts {
  readonly script?: string;
  readonly style?: string;
}

export function page(title: string, body: Html, { script = "", style = "" }: PageParts): string {
  const whole = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Html(STYLE + style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
${body}
<script>${new Html(script)}</script>
</body>
</html>
`;
  return whole.markup;
}
