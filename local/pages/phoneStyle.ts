/** How the pretend phone looks, besides what all pages share. */
export const PHONE_STYLE = `
:root {
  --desk: light-dark(#e9edf0, #0d0f11);
  --wall: light-dark(#f3f1ec, #171a1d);
  --mine: light-dark(#d9f2d4, #1f4a35);
  --theirs: light-dark(#ffffff, #262b30);
  --alarm: light-dark(#b3261e, #ffb4ab);
}
.phone {
  display: grid; grid-template-columns: 18rem minmax(0, 44rem); justify-content: center;
  gap: 1.5rem; height: 100dvh; padding: 1.5rem; background: var(--desk);
}
.setup { align-self: start; }
.setup label { display: block; margin: .9rem 0 .2rem; font-size: .9rem; font-weight: 600; }
.setup .switch { display: flex; gap: .5rem; align-items: center; margin-top: 1.4rem; }
.setup p { margin: .2rem 0 0; font-size: .9rem; }
.setup nav { display: flex; gap: 1rem; margin-top: 1.4rem; font-size: .9rem; }
.phone input:not([type="checkbox"]), .phone select, .phone textarea {
  width: 100%; padding: .5rem .6rem; font: inherit; color: inherit;
  background: var(--paper); border: 1px solid var(--edge); border-radius: 8px;
}
.switch input {
  appearance: none; flex: none; width: 2.4rem; height: 1.4rem; margin: 0; border-radius: 1rem;
  background: var(--edge); cursor: pointer;
}
.switch input::before {
  content: ""; display: block; width: 1rem; height: 1rem; margin: .2rem; border-radius: 50%;
  background: var(--paper); transition: translate .15s;
}
.switch input:checked { background: var(--accent); }
.switch input:checked::before { translate: 1rem; }
.device {
  display: flex; flex-direction: column; min-height: 0; overflow: hidden;
  background: var(--wall); border: 1px solid var(--line); border-radius: 16px;
}
.device > header {
  display: flex; flex-direction: column; min-height: 4rem; justify-content: center;
  padding: .5rem 1.25rem; background: var(--paper); border-bottom: 1px solid var(--line);
}
#doing { font-size: .85rem; line-height: 1.3; }
#doing:empty { display: none; }
#chat {
  flex: 1; margin: 0; padding: 1.25rem; overflow-y: auto; list-style: none;
  display: flex; flex-direction: column; gap: .5rem;
}
#chat:focus-visible { outline-offset: -3px; }
#chat > li { display: flex; flex-direction: column; align-items: flex-start; }
#chat > li:first-child { margin-top: auto; }
#chat > .mine { align-items: flex-end; }
#chat > .day, #chat > .none {
  align-self: center; padding: .1rem .8rem; font-size: .8rem; color: var(--faint);
  background: var(--paper); border-radius: 8px; margin-block: .5rem;
}
#chat > .none { margin-bottom: auto; padding: .6rem 1rem; }
.said { display: flex; gap: .4rem; align-items: center; max-width: 100%; }
.mine .said { flex-direction: row-reverse; }
.bubble {
  max-width: min(30rem, 100%); min-width: 6rem; padding: .45rem .7rem .3rem;
  background: var(--theirs); border: 1px solid var(--line); border-radius: 12px;
  overflow-wrap: anywhere; border-top-left-radius: 3px;
}
.mine .bubble { background: var(--mine); border-radius: 12px 3px 12px 12px; }
.bubble p { margin: 0; white-space: pre-wrap; }
.bubble .title { font-weight: 700; margin-bottom: .2rem; }
.bubble .small { font-size: .85rem; color: var(--faint); }
.bubble .meta {
  display: flex; gap: .35rem; justify-content: flex-end; margin-top: .1rem;
  font-size: .75rem; color: var(--faint);
}
.mine .small, .mine .meta { color: var(--ink); opacity: .75; }
.ticks { letter-spacing: -.3em; padding-right: .3em; }
.ticks.read { color: var(--accent); }
.ticks.failed, .bubble .error { color: var(--alarm); letter-spacing: 0; }
.bubble blockquote {
  margin: 0 0 .3rem; padding: .2rem .6rem; border-left: 3px solid var(--accent);
  background: color-mix(in srgb, var(--ink) 6%, transparent); border-radius: 4px;
  font-size: .85rem; max-height: 4.5em; overflow: hidden;
}
.bubble img, .bubble video { display: block; max-width: 100%; max-height: 16rem; }
.bubble .sticker { width: 6rem; }
.bubble .card { border-top: 1px solid var(--line); margin-top: .4rem; padding-top: .4rem; }
.bubble .taps { display: grid; margin: .4rem -.7rem -.3rem; }
.bubble .taps > * {
  padding: .5rem .7rem; border: 0; border-top: 1px solid var(--line); border-radius: 0;
  background: none; color: var(--accent); text-align: center; text-decoration: none;
}
.bubble .taps > :last-child { border-radius: 0 0 11px 11px; }
.bubble .taps > button:hover { background: var(--raised); }
.phone button, #attach summary {
  font: inherit; color: inherit; padding: .45rem .8rem; cursor: pointer;
  background: var(--raised); border: 1px solid var(--edge); border-radius: 8px;
}
.phone button:disabled { cursor: default; color: var(--faint); }
.phone button.primary {
  background: var(--accent); border-color: var(--accent); color: var(--paper); font-weight: 600;
}
.acts { display: flex; gap: .2rem; opacity: 0; }
li:hover .acts, .acts:focus-within { opacity: 1; }
@media (hover: none) { .acts { opacity: 1; } }
.phone .acts button, .phone .chip {
  padding: .1rem .5rem; font-size: .75rem; border: 1px solid var(--line); border-radius: 1rem;
  background: var(--paper);
}
.chips { display: flex; gap: .3rem; margin: -.35rem .5rem 0; z-index: 1; }
#problem {
  margin: 0; padding: .5rem 1.25rem; font-size: .9rem; color: var(--alarm);
  background: var(--paper); border-top: 1px solid var(--line);
}
#composer { padding: .75rem; background: var(--paper); border-top: 1px solid var(--line); }
#composer .line { display: flex; gap: .5rem; align-items: end; }
#composer .line > button, #attach summary {
  display: grid; place-items: center; height: 2.75rem; min-width: 2.75rem;
}
#composer textarea {
  flex: 1; min-height: 2.75rem; min-width: 0; resize: none; field-sizing: content; max-height: 8rem;
}
#quote {
  display: flex; justify-content: space-between; align-items: center; gap: 1rem;
  margin-bottom: .5rem; padding: .3rem .3rem .3rem .7rem; font-size: .9rem;
  background: var(--raised); border-left: 3px solid var(--accent); border-radius: 4px;
}
#quote button { padding: .2rem .5rem; border: 0; background: none; }
#quoted { overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
#attach { position: relative; }
#attach summary { list-style: none; padding: 0; font-size: 1.3rem; }
#attach summary::-webkit-details-marker { display: none; }
#attach > div {
  position: absolute; bottom: calc(100% + .5rem); left: 0; display: grid; width: 17rem;
  padding: .3rem; background: var(--paper); border: 1px solid var(--edge); border-radius: 10px;
  box-shadow: 0 6px 24px #0004;
}
#attach > div button { border: 0; background: none; text-align: left; }
#attach > div button:hover { background: var(--raised); }
.phone dialog {
  width: min(26rem, calc(100vw - 2rem)); padding: 1.25rem; color: inherit;
  background: var(--paper); border: 1px solid var(--edge); border-radius: 14px;
}
.phone dialog::backdrop { background: #0008; }
.phone dialog h2 { margin: 0 0 .75rem; font-size: 1.1rem; }
.phone dialog h3 { margin: .75rem 0 .3rem; font-size: .85rem; color: var(--faint); }
.phone dialog label { display: block; margin-bottom: .6rem; font-size: .9rem; }
.buttons { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0; }
.phone dialog .buttons:last-child { margin-bottom: 0; }
#rows-list button { display: block; width: 100%; margin-top: .4rem; text-align: left; }
#rows-list small { display: block; color: var(--faint); }
@media (max-width: 50rem) {
  .phone { display: flex; flex-direction: column; height: auto; padding: 1rem; }
  .setup { align-self: stretch; }
  .device { height: 90dvh; }
  .said, .mine .said { flex-direction: column; align-items: inherit; }
}
`;
