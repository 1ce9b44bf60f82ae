/** The page's look and its one script. Both are named by hash in the page's policy, so that nothing else can run. */

export const STYLE = `
:root{--paper:#fff;--ink:#1d2530;--soft:#5b6675;--line:#d9dee5;--band:#f4f6f9;--link:#0b5cad;
--good:#7fb9dd;--fair:#e3b341;--poor:#a3271c;--unclassified:#b3bac4;--missing:#e3e6ea;
--loss:#0072b2;--jitter:#56b4e9;--delay:#009e73;--frames:#e69f00;--machine:#c46aa4;
--p50:#1f5f8f;--p90:#5593bf;--p95:#9cc3df;--p99:#d3e4f0;
--h0:#eef2f6;--h1:#f6e3c3;--h2:#eebf8a;--h3:#d9825a;--h4:#a3271c;--hink:#1d2530;--hink4:#fff;color-scheme:light}
@media screen and (prefers-color-scheme:dark){:root{--paper:#12161c;--ink:#e4e9f0;--soft:#9aa6b5;--line:#333c48;--band:#1b212a;--link:#7db8f0;
--good:#3f7fa8;--fair:#d0a03a;--poor:#ef6a5a;--unclassified:#66707d;--missing:#2a313b;
--loss:#4aa3dd;--jitter:#86cdf5;--delay:#2bbf95;--frames:#eab64f;--machine:#da8cc0;
--p50:#7cbcea;--p90:#4c8fbf;--p95:#33658a;--p99:#264a64;
--h0:#1f2731;--h1:#4a3b26;--h2:#7a5330;--h3:#b0603f;--h4:#ef6a5a;--hink:#e4e9f0;--hink4:#12161c;color-scheme:dark}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1020px;padding:16px 20px 60px;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","PingFang SC","Hiragino Sans GB","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif}
#lang-en:checked~* [lang=zh],#lang-zh:checked~* [lang=en]{display:none}
.pick{position:absolute;opacity:0;width:1px;height:1px}
.langs{float:right;font-size:14px}
.langs label{padding:4px 10px;border:1px solid var(--line);cursor:pointer}
.langs label:first-child{border-radius:6px 0 0 6px}.langs label:last-child{border-radius:0 6px 6px 0;border-left:0}
#lang-en:checked~header label[for=lang-en],#lang-zh:checked~header label[for=lang-zh]{background:var(--ink);color:var(--paper)}
#lang-en:focus-visible~header .langs,#lang-zh:focus-visible~header .langs{outline:2px solid var(--link);outline-offset:3px}
h1{font-size:26px;line-height:1.25;margin:8px 0 2px}
h2{font-size:19px;line-height:1.3;margin:0}
header p,.note,figcaption small,footer{color:var(--soft)}
section{margin-top:34px}
figure{margin:38px 0 0;break-inside:avoid}
figcaption p{margin:4px 0 10px}
.no{color:var(--soft);font-weight:400;margin-right:6px}
svg{display:block;width:100%;height:auto;font-family:inherit}
.narrow{display:none}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin-top:10px}
.tile{background:var(--band);border-radius:8px;padding:12px 14px}
.tile b{display:block;font-size:25px;line-height:1.2;font-variant-numeric:tabular-nums}
.tile span{font-size:14px}.tile small{display:block;color:var(--soft);font-size:13px}
.findings{margin:10px 0 0;padding:0;list-style:none}
.findings li{border-left:4px solid var(--poor);background:var(--band);padding:8px 12px;margin-bottom:8px;border-radius:0 6px 6px 0;overflow-wrap:anywhere}
.findings .calm{border-color:var(--good)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 16px;margin:0 0 8px;padding:0;font-size:14px}
.legend i{display:inline-block;width:12px;height:12px;border-radius:2px;margin-right:6px;vertical-align:-1px}
.k-good{background:var(--good)}.k-fair{background:var(--fair)}.k-poor{background:var(--poor)}.k-unclassified{background:var(--unclassified)}.k-missing{background:var(--missing);outline:1px dashed var(--soft);outline-offset:-1px}
.k-loss{background:var(--loss)}.k-jitter{background:var(--jitter)}.k-delay{background:var(--delay)}.k-frames{background:var(--frames)}.k-machine{background:var(--machine)}
.k-p50{background:var(--p50)}.k-p90{background:var(--p90)}.k-p95{background:var(--p95)}.k-p99{background:var(--p99)}
.f-good{fill:var(--good)}.f-fair{fill:var(--fair)}.f-poor{fill:var(--poor)}.f-none{fill:var(--line)}.f-came{fill:var(--good)}.f-other{fill:var(--unclassified)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:5px 10px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;white-space:nowrap}td.n,th.n{text-align:right;white-space:nowrap}
td.when{white-space:nowrap}
td.name{overflow-wrap:anywhere;min-width:130px}
tr.few td{color:var(--soft)}
td.bar{width:170px;min-width:110px}td.bar svg{height:14px;margin-top:4px}
th button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer}
th[aria-sort=descending] button:after{content:" ↓"}th[aria-sort=ascending] button:after{content:" ↑"}
.heat{border-spacing:2px;border-collapse:separate;font-size:11px;table-layout:fixed;min-width:760px}
.heat th,.heat td{border:0;padding:4px 0;text-align:center;font-weight:400}.heat th:first-child{width:44px;text-align:left}
.heat td{height:36px;white-space:nowrap;border-radius:3px;line-height:1.15;vertical-align:middle}
.heat small{display:block;font-size:9px;opacity:.8}
.h-{color:var(--soft);background:repeating-linear-gradient(45deg,transparent 0 4px,var(--line) 4px 5px)}
.h0{background:var(--h0);color:var(--hink)}.h1{background:var(--h1);color:var(--hink)}.h2{background:var(--h2);color:var(--hink)}.h3{background:var(--h3);color:var(--hink)}.h4{background:var(--h4);color:var(--hink4)}
.grid2{display:grid;grid-template-columns:auto 1fr 1fr;gap:6px;max-width:560px}
.grid2 div{padding:10px 12px;border-radius:6px;background:var(--band)}.grid2 .head{background:none;padding:6px 0;color:var(--soft);font-size:14px}
.grid2 b{font-size:20px;display:block}
.session{margin:14px 0;break-inside:avoid}.session p{margin:0 0 2px;font-size:14px;overflow-wrap:anywhere}
.lanes{display:grid;grid-template-columns:64px 1fr;align-items:center;font-size:12px;color:var(--soft);row-gap:2px}
.lanes svg{height:12px}
.subhead{font-size:15px;margin:18px 0 4px}
details{margin-top:10px;font-size:14px}summary{cursor:pointer;color:var(--soft)}
figure>details.fold{font-size:16px}figure>details.fold>summary{font-size:14px}
pre{overflow-x:auto;background:var(--band);padding:10px;border-radius:6px;font-size:12px;line-height:1.4}
.gapday{display:inline-block;min-width:18px;text-align:center}
.days{display:flex;flex-wrap:wrap;gap:3px;margin:6px 0}.days span{display:inline-block;width:44px;padding:3px 0;text-align:center;font-size:12px;border-radius:3px}
.d-complete{background:var(--good);color:#10202c}.d-gaps{background:var(--fair);color:#2b2105}.d-missing{background:var(--missing);color:var(--soft);outline:1px dashed var(--soft);outline-offset:-1px}
footer{margin-top:50px;border-top:1px solid var(--line);padding-top:12px;font-size:13px;overflow-wrap:anywhere}
@media (max-width:640px){.langs{float:none;margin-bottom:10px}body{padding:12px 14px 40px;font-size:15px}.wide{display:none}.narrow{display:block}h1{font-size:22px}.tile b{font-size:21px}
.tiles{grid-template-columns:1fr 1fr}td.bar{min-width:80px}}
@page{margin:12mm}
@media print{body{max-width:none;padding:0;font-size:11pt}.langs,details:not(.fold),details.fold>summary{display:none}
details.fold::details-content{content-visibility:visible}.scroll{overflow:visible}.heat{min-width:0}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}.wide{display:block}.narrow{display:none}h2{break-after:avoid}}
`;

/** Sorts tables by a click on a head, and tells screen readers which language is shown. The page is whole without it. */
export const SCRIPT = `
'use strict';
for (const head of document.querySelectorAll('table.sort th')) {
  const button = document.createElement('button');
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener('click', () => {
    const table = head.closest('table'), body = table.tBodies[0], place = head.cellIndex;
    const down = head.getAttribute('aria-sort') !== 'descending';
    for (const other of table.querySelectorAll('th')) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    const value = (row) => { const cell = row.cells[place]; const v = cell.dataset.v ?? cell.textContent; return v === '' || isNaN(v) ? v : Number(v); };
    const rows = [...body.rows].sort((a, b) => { const x = value(a), y = value(b); const d = typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y)); return down ? -d : d; });
    body.append(...rows);
  });
}
const tell = () => { document.documentElement.lang = document.getElementById('lang-zh').checked ? 'zh' : 'en'; };
for (const input of document.querySelectorAll('.pick')) input.addEventListener('change', tell);
tell();
`;
