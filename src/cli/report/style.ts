// How the report looks: light and dark by the reader's own setting, and on paper. No colour says anything that no word says.

export const STYLE = `
:root { color-scheme: light dark; --good: light-dark(#1a7f37, #3fb950); --bad: light-dark(#cf222e, #f85149);
  --busy: light-dark(#9a6700, #d29922); --quiet: light-dark(#59636e, #9198a1); --line: light-dark(#d1d9e0, #3d444d);
  --soft: light-dark(#f6f8fa, #151b23); --text: light-dark(#1f2328, #f0f6fc); --page: light-dark(#ffffff, #0d1117); }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0.2rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 0.8rem 0 0.2rem; } .quiet { color: var(--quiet); } .good { color: var(--good); } .bad { color: var(--bad); } .busy { color: var(--busy); }
.state { font-weight: 600; } table { border-collapse: collapse; width: 100%; } th { text-align: left; font-weight: 600; }
th, td { padding: 0.25rem 0.8rem 0.25rem 0; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
pre, code { font: 13px/1.45 ui-monospace, monospace; } pre { background: var(--soft); padding: 0.8rem; overflow-x: auto; border-radius: 6px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.1rem 1rem; margin: 0; } dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; } dd code { white-space: pre-wrap; }
details { border-bottom: 1px solid var(--line); padding: 0.3rem 0; } summary { cursor: pointer; } summary .name { font-weight: 600; }
ol { padding-left: 1.2rem; } time { color: var(--quiet); font-variant-numeric: tabular-nums; }
svg { width: 100%; height: auto; background: var(--soft); border-radius: 6px; } svg text { fill: var(--text); font: 11px system-ui, sans-serif; }
svg .forward { fill: var(--good); } svg .back { fill: var(--bad); } svg .tick { stroke: var(--line); } svg .turned { stroke: var(--bad); stroke-dasharray: 4 3; }
@media print { body { max-width: none; margin: 0; } details { break-inside: avoid; } }
`;
