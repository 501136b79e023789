// What leaves: canary secrets in every way out, and honest calls.
//   npm run eval:outbound [-- --secrets N] [--calls N] [--show N]
// Three columns in one run: the patterns of secrets alone over the plain text of each call; the path without knowing any value;
// the path with what the machine keeps. A secret is caught when a call that carries it was stopped before all of it was out.
import { parseArgs } from 'node:util';
import { benignCalls } from './benign.mjs';
import { canaries, KINDS, WAYS } from './canaries.mjs';
import { listTools, recordedCalls } from './tools.mjs';
import { loadProduct, openWindow } from './world.mjs';

const { values } = parseArgs({
	options: {
		secrets: { type: 'string', default: '5' },
		calls: { type: 'string', default: '5000' },
		show: { type: 'string', default: '20' },
	},
});
const KEY = [0x1234_5679, 0x0bad_cafe];
const NOTE = { name: 'save_note', inputSchema: { type: 'object', additionalProperties: true } };
const product = await loadProduct();
const planted = canaries(Number(values.secrets));
const known = new product.KnownValues(
	planted.map(({ name, secret }) => ({ name, value: secret })),
	KEY,
);
const percent = (part, whole) => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`);
const goals = [];

const byPatterns = text => product.SECRET_RULES.some(({ find }) => [...find(text)].length > 0);

const table = [];
let plain = 0;
let inPlainWithout = 0;
for (const [way, calls] of Object.entries(WAYS)) {
	const row = { way, patterns: 0, forms: 0, all: 0, of: 0, missed: {} };
	for (const { kind, secret } of planted) {
		const carried = calls(secret);
		row.of++;
		row.patterns += carried.some(args => byPatterns(JSON.stringify(args))) ? 1 : 0;
		for (const column of ['forms', 'all']) {
			const send = openWindow(product, { tools: [NOTE], known: column === 'all' ? known : undefined });
			const outcomes = [];
			for (const args of carried) outcomes.push({ args, ...(await send('save_note', args)) });
			const stopped = outcomes.some(({ reason }) => reason === 'above_sensitivity');
			const out = outcomes
				.filter(({ sent }) => sent !== undefined)
				.flatMap(({ args }) => Object.values(args))
				.join('');
			const isOut = out.includes(secret);
			row[column] += stopped && !isOut ? 1 : 0;
			if (column === 'all') {
				plain += isOut ? 1 : 0;
				if (!stopped) row.missed[kind] = (row.missed[kind] ?? 0) + 1;
			} else inPlainWithout += isOut ? 1 : 0;
		}
	}
	table.push(row);
}
console.log(`Canaries: ${planted.length} secrets (${Object.keys(KINDS).length} kinds) in ${table.length} ways`);
console.log(`${'way'.padEnd(30)}${'patterns'.padStart(10)}${'forms'.padStart(10)}${'with known'.padStart(12)}`);
for (const { way, patterns, forms, all, of, missed } of table) {
	const told = Object.entries(missed)
		.map(([kind, count]) => `${kind} ${count}`)
		.join(', ');
	console.log(
		`${way.padEnd(30)}${percent(patterns, of).padStart(10)}${percent(forms, of).padStart(10)}${percent(all, of).padStart(12)}  ${told}`,
	);
}
const sum = column => table.reduce((total, row) => total + row[column], 0);
console.log(
	`${'all'.padEnd(30)}${['patterns', 'forms', 'all'].map((each, at) => percent(sum(each), sum('of')).padStart(at === 2 ? 12 : 10)).join('')}`,
);
console.log(`sent in plain: ${plain} of ${sum('of')} with known values, ${inPlainWithout} without`);
goals.push(['canaries caught ≥ 95 %', sum('all') / sum('of') >= 0.95], ['none sent in plain', plain === 0]);

const listed = await listTools();
const tools = listed.reduce((count, each) => count + each.tools.length, 0);
console.log(
	`\nHonest calls over ${tools} tools of ${listed.length} real servers (${listed.map(({ server }) => server).join(', ')})`,
);
const honest = benignCalls(listed, recordedCalls('/work/tides'), Number(values.calls));
const windows = new Map();
const stopped = { patterns: 0, forms: 0, all: 0 };
const other = new Map();
const shown = [];
const times = [];
for (const { server, tool, args } of honest) {
	stopped.patterns += byPatterns(JSON.stringify(args)) ? 1 : 0;
	for (const column of ['forms', 'all']) {
		const key = `${server} ${column}`;
		if (!windows.has(key)) {
			const list = (listed.find(each => each.server === server)?.tools ?? []).map(tool =>
				Object.fromEntries(Object.entries(tool).filter(([key]) => key !== 'outputSchema')),
			);
			windows.set(key, openWindow(product, { tools: list, known: column === 'all' ? known : undefined }));
		}
		const began = performance.now();
		const { reason, hint } = await windows.get(key)(tool, args);
		if (column === 'all') times.push(performance.now() - began);
		if (reason === 'above_sensitivity') {
			stopped[column]++;
			if (column === 'all') shown.push({ server, tool, hint, args });
		} else if (reason !== undefined && column === 'all') other.set(reason, (other.get(reason) ?? 0) + 1);
	}
}
console.log(
	`stopped of ${honest.length}: patterns ${percent(stopped.patterns, honest.length)}, forms ${percent(stopped.forms, honest.length)}, with known ${percent(stopped.all, honest.length)}`,
);
console.log(
	`refused for other reasons: ${[...other].map(([reason, count]) => `${reason} ${count}`).join(', ') || 'none'}`,
);
times.sort((a, b) => a - b);
const at = share => times[Math.min(times.length - 1, Math.floor(share * times.length))]?.toFixed(2);
console.log(`time of a call on the path: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`);
for (const { server, tool, hint, args } of shown.slice(0, Number(values.show))) {
	console.log(`- ${server}/${tool}: ${/\((.*?)\)/.exec(hint ?? '')?.[1]} in ${JSON.stringify(args).slice(0, 160)}`);
}
goals.push(['honest calls stopped ≤ 1 %', stopped.all / honest.length <= 0.01 && honest.length >= 1 && tools > 0]);
for (const [goal, holds] of goals) console.log(`${holds ? 'ok   ' : 'short'} ${goal}`);
process.exitCode = goals.every(([, holds]) => holds) ? 0 : 1;
