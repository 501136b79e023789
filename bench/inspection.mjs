// Speed of the inspection of texts, rules and trained model and all ways of reading them, beside a keyword search in the
// same run. Recall and false alarms: npm run eval:injection. Run with: npm run bench:inspection [-- --quick]
import { build } from 'esbuild';
import { mkdtempSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const quick = process.argv.includes('--quick');
const MB = 1_000_000;

async function load(...entries) {
	const contents = entries.map(entry => `export * from ${JSON.stringify(join(root, entry))};`).join('\n');
	const outfile = join(mkdtempSync(join(tmpdir(), 'inspection-')), 'bundle.mjs');
	const stdin = { contents, resolveDir: root, loader: 'ts' };
	await build({ stdin, bundle: true, outfile, format: 'esm', platform: 'node' });
	return import(pathToFileURL(outfile).href);
}

const { inspectValue, inspectSteps, inSlices, runSteps } = await load(
	'src/domain/inspection/inspect.ts',
	'src/base/steps.ts',
);
/** No budget in the way: the longest text here is longer than one leaf may be. */
const inspect = text => inspectValue(text, 64 * MB);
const keyword =
	/\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:previous|all|your)\b.{0,40}\b(?:instructions|prompts|rules)\b/i;

const prose =
	'The server returns a list of entries; you must pass a path which exists, and the call fails otherwise.\n' +
	'Each entry has a name and a size in bytes. See the guide for how links are followed, and what a cache holds.\n';
const code =
	'export function readEntries(path: string, limit = 20): readonly Entry[] {\n\tif (!existsSync(path)) {\n' +
	'\t\treturn [];\n\t}\n\t// Newest first; see https://docs.example/api#entries\n\treturn list(path).slice(0, limit);\n}\n\n';
const record = {
	id: 4711,
	state: 'open',
	title: 'Crash when the list is empty',
	labels: ['bug', 'parser'],
	url: 'https://api.example/issues/4711',
};
const UNITS = {
	prose: () => prose,
	code: () => code,
	'JSON text': () => `${JSON.stringify(record)},\n`,
	'escaped JSON': () => JSON.stringify(JSON.stringify({ text: prose })),
	HTML: () =>
		'<div class="row"><p>The <b>size</b> of a file &amp; its name</p><a href="/files?id=1&amp;n=2">open</a></div>\n',
	'base64 of text': () => Buffer.from(prose.repeat(3)).toString('base64') + '\n',
	'base64 of binary': () => noise(900).toString('base64') + '\n',
	'hex digests': at => `${noise(20, at).toString('hex')} src/file${at}.ts\n`,
	Chinese: () => '服务器返回条目列表，每个条目都有名称和大小。请参阅指南，了解缓存包含的内容以及链接的处理方式。\n',
	Russian: () =>
		'Сервер возвращает список записей; у каждой записи есть имя и размер. Подробности смотрите в руководстве.\n',
	mixed: () => 'Größe übertragen, naïve 文字 и слова. ',
};

function noise(length, seed = 1) {
	let state = seed * 2_654_435_761;
	return Buffer.from(
		Array.from({ length }, () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24),
	);
}

/** A text of `length` UTF-16 units; another for another `variant`, so that nothing is remembered. */
function sample(name, length, variant = 0) {
	const pieces = [];
	for (let size = 0, at = variant; size < length; at++) {
		const piece = `${UNITS[name](at)}`;
		pieces.push(piece);
		size += piece.length;
	}
	const head = `${variant} `;
	return (head + pieces.join('')).slice(0, length);
}

/** Milliseconds of processor time, so that what else runs on the machine does not count. */
function cpuNow() {
	const { user, system } = process.cpuUsage();
	return (user + system) / 1000;
}

const time = (use, text) => {
	const start = cpuNow();
	use(text);
	return cpuNow() - start;
};
const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
const ms = value => value.toFixed(value < 10 ? 2 : 0);

function small() {
	console.log('\n10 kB of clean text, ms of processor      p50     p99    keywords p50');
	const runs = quick ? 200 : 1_000;
	for (const name of Object.keys(UNITS)) {
		const texts = Array.from({ length: 50 }, (_, variant) => sample(name, 10_000, variant));
		for (const text of texts) inspect(text);
		const times = Array.from({ length: runs }, (_, run) => time(inspect, texts[run % 50])).sort((a, b) => a - b);
		const plain = texts.map(text => time(each => keyword.test(each), text)).sort((a, b) => a - b);
		const columns = [quantile(times, 0.5), quantile(times, 0.99), quantile(plain, 0.5)];
		console.log(name.padEnd(36), columns.map(value => value.toFixed(3).padStart(8)).join(''));
	}
}

function long() {
	const sizes = quick ? [0.1, 1] : [0.1, 1, 10];
	console.log(
		`\nlong clean text: milliseconds of processor at ${sizes.join(' / ')} MB; MB/s at the last; keywords MB/s`,
	);
	for (const name of Object.keys(UNITS)) {
		const texts = sizes.map((size, at) => sample(name, size * MB, at + 100));
		const times = texts.map(text => Math.min(time(inspect, text), time(inspect, `${text} `)));
		const last = sizes.at(-1);
		const plain = time(each => keyword.test(each), texts.at(-1));
		const figures = [
			times.map(ms).join(' / '),
			((1000 * last) / times.at(-1)).toFixed(1),
			((1000 * last) / plain).toFixed(0),
		];
		console.log(name.padEnd(20), figures.join('   '));
	}
}

const HOSTILE = {
	...{ ignore: 'ignore ', 'ignore all the previous': 'ignore all the previous ', 'before you': 'before you do the ' },
	...{ send: 'send api_key ', backslashes: '\\', hex: '69 ', 'do not tell': 'do not tell a b ' },
	...{
		'must read': 'must also read ',
		system: '\nsystem: ',
		'<system>': '<system> ',
		'![](http': '![a](http://a?b=',
	},
	...{ 'human:': '\n\nhuman: a', 'single letters': 'a ', 'zero-width': 'a\u200b', leet: 'ign0r3 ', 'a+b': 'a+b+' },
	...{
		percent: '%25',
		references: '&amp;',
		tags: 'a<b></b>',
		controls: 'a\u0001',
		'U+FDFA': '\ufdfa',
		tagged: '\u{e0041}',
	},
	...{ override: '\u202eabcdefgh', comment: '<!-- a --', equals: '=41', escapes: '\\u00' },
};

function hostile() {
	const sizes = quick ? [0.25, 1] : [0.25, 1, 4];
	console.log(`\nhostile text: milliseconds of processor at ${sizes.join(' / ')} MB`);
	for (const [name, unit] of Object.entries(HOSTILE)) {
		const times = sizes.map(size => time(inspect, unit.repeat((size * MB) / unit.length)));
		console.log(JSON.stringify(name).padEnd(28), times.map(value => value.toFixed(0)).join(' / '));
	}
}

/** The longest step there is, in processor time. */
function longestStep(value) {
	let longest = 0;
	const inspection = inspectSteps(value, 64 * MB);
	for (let done = false; !done;) {
		const start = cpuNow();
		done = inspection.next().done;
		longest = Math.max(longest, cpuNow() - start);
	}
	return longest;
}

/** The longest time that a real event loop was held by `inSlices`. */
async function longestHold(value) {
	let longest = 0;
	let since = performance.now();
	await inSlices(
		inspectSteps(value, 64 * MB),
		() => performance.now(),
		async () => {
			longest = Math.max(longest, performance.now() - since);
			await new Promise(resolve => setImmediate(resolve));
			since = performance.now();
		},
	);
	return Math.max(longest, performance.now() - since);
}

async function slices() {
	const size = quick ? MB : 8 * MB;
	console.log(
		`\n${size / MB} MB: the longest single step (processor time), the longest hold of the event loop (wall time), ms`,
	);
	const values = Object.fromEntries([
		...Object.keys(UNITS).map(name => [name, sample(name, size, 7)]),
		...Object.entries(HOSTILE).map(([name, unit]) => [`hostile ${name}`, unit.repeat(size / 8 / unit.length)]),
		['records, structured', { rows: Array.from({ length: size / 200 }, (_, id) => ({ ...record, id })) }],
	]);
	for (const [name, value] of Object.entries(values)) {
		console.log(name.padEnd(36), ms(longestStep(value)).padStart(8), ms(await longestHold(value)).padStart(8));
	}
}

const [cpu] = cpus();
console.log(`${cpu?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}`);
console.log(
	`load average at the start ${loadavg()
		.map(load => load.toFixed(1))
		.join(' ')}`,
);
runSteps(inspectSteps(sample('prose', MB)));
small();
long();
hostile();
await slices();
console.log(
	`\nload average at the end ${loadavg()
		.map(load => load.toFixed(1))
		.join(' ')}`,
);
