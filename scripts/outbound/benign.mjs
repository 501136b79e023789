// Calls that honest agents make: schemas of real servers, filled with what stands in such calls.
import { ALNUM, BASE64, DIGITS, HEX, seeded } from './random.mjs';
import { code, diffs, logs, prose, queries, sql } from './texts.mjs';

/** `count` calls over these tools; the same in every run. */
export function benignCalls(listed, recorded, count, seed = 11) {
	const random = seeded(seed);
	const tools = listed.flatMap(({ server, tools: each }) => each.map(tool => ({ server, tool })));
	const calls = recorded.map(({ server, tool, args }) => ({ server, tool, args }));
	while (calls.length < count) {
		const { server, tool } = random.pick(tools);
		calls.push({ server, tool: tool.name, args: filled(tool.inputSchema ?? {}, '', random, 0) ?? {} });
	}
	return calls;
}

function filled(schema, name, random, depth) {
	const options = schema.anyOf ?? schema.oneOf;
	if (options !== undefined) return filled(random.pick(options), name, random, depth);
	if (schema.const !== undefined) return schema.const;
	if (schema.enum !== undefined) return random.pick(schema.enum);
	const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
	if (type === 'object' || schema.properties !== undefined) {
		const required = new Set(schema.required ?? []);
		return Object.fromEntries(
			Object.entries(schema.properties ?? {})
				.filter(([key]) => required.has(key) || (depth < 3 && random.next() < 0.4))
				.map(([key, each]) => [key, filled(each, key, random, depth + 1)]),
		);
	}
	if (type === 'array') {
		const items = schema.items ?? { type: 'string' };
		return Array.from({ length: 1 + random.below(3) }, () => filled(items, name, random, depth + 1));
	}
	if (type === 'integer') return random.below(5_000);
	if (type === 'number') return Math.round(random.next() * 1_000_000) / 100;
	if (type === 'boolean') return random.next() < 0.5;
	return type === 'null' ? null : textFor(name, random);
}

/** A text as such a parameter gets it: by its name where that tells, else anything. */
function textFor(name, random) {
	if (/path|file|dir|folder|cwd|repo/i.test(name)) return aPath(random);
	if (/url|uri|href/i.test(name)) return anUrl(random);
	if (/query|sql/i.test(name)) return random.pick([() => random.pick(sql), () => random.pick(queries)])();
	if (/hash|sha|commit|ref|rev/i.test(name))
		return random.pick([random.text(HEX, 40), random.text(HEX, 7), 'HEAD~2', 'main']);
	if (/uid|id$/i.test(name))
		return random.pick([aUuid(random), random.text(DIGITS, 12), `item-${random.below(9999)}`]);
	if (/image|data|blob|content|base64/i.test(name) && random.next() < 0.15) return anImage(random);
	return random.pick(TEXTS)(random);
}

const FOLDERS = ['src', 'test', 'docs', 'lib', 'packages/tides', 'apps/web', 'internal/auth', 'scripts'];
const FILES = [
	'index.ts',
	'tokenizer.py',
	'README.md',
	'auth.go',
	'passwordReset.tsx',
	'secretsManager.tf',
	'key_rotation.md',
	'tides.rs',
	'package-lock.json',
];
const aPath = random => `/work/tides/${random.pick(FOLDERS)}/${random.pick(FILES)}`;
const HOSTS = [
	'github.com/tides/planner',
	'developer.mozilla.org/en-US/docs/Web/API',
	'www.npmjs.com/package/tide-tables',
	'localhost:8080/api/v1',
	'api.tides.dev/v2/stations',
	'stackoverflow.com/questions/11227809',
];
const anUrl = random =>
	`https://${random.pick(HOSTS)}${random.pick(['', `/commit/${random.text(HEX, 40)}`, `?page=${random.below(90)}&sort=stars`, `#L${random.below(900)}`, `/issues/${random.below(9000)}`, `?v=${random.text(ALNUM, 11)}`])}`;
const aUuid = random => [8, 4, 4, 4, 12].map(length => random.text(HEX, length)).join('-');
const anImage = random =>
	`${random.pick(['data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA', '/9j/4AAQSkZJRgABAQAAAQABAAD', 'R0lGODlhAQABAIAAAP'])}${random.text(BASE64, 400 + random.below(2_000))}==`;
const TEXTS = [
	random => random.pick(prose),
	random => `${random.pick(prose)} ${random.pick(prose)}`,
	random => random.pick(code),
	random => random.pick(code),
	random => random.pick(diffs).replaceAll('{sha}', () => random.text(HEX, 7)),
	random => random.pick(sql),
	random => random.pick(queries),
	random =>
		random
			.pick(logs)
			.replaceAll('{uuid}', () => aUuid(random))
			.replaceAll('{hex}', () => random.text(HEX, 64))
			.replaceAll('{num}', () => random.text(DIGITS, 13)),
	aPath,
	anUrl,
	aUuid,
	random => `commit ${random.text(HEX, 40)}`,
	random => `sha256-${random.text(BASE64, 43)}=`,
	random => `sha512-${random.text(BASE64, 86)}==`,
	random =>
		JSON.stringify({
			id: aUuid(random),
			station: random.text(DIGITS, 7),
			at: `2026-0${1 + random.below(9)}-1${random.below(9)}T0${random.below(9)}:15:00Z`,
			level: random.next(),
		}),
	random => `!function(e,t){${random.text(ALNUM + '(){};,.=+', 300)}}(this);`,
	anImage,
];
