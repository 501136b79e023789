import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type JsonObject } from '../../src/base/json';
import { type Drift } from '../../src/domain/registry/drift';
import { BASE, type ClientSession, corpus, type Mutation, mutated, requestFor, RugPull } from './support/rugPull';

/** A mutation that matters: what it stops (`all`: everything), and the kinds of drift that are told of it. */
interface Matters extends Mutation {
	readonly stops: readonly string[];
	readonly kinds: readonly string[];
	/** `start`: it shows only where a process introduces itself. */
	readonly at?: 'start';
}

const MATTERS = corpus('matters.json') as readonly Matters[];
const COSMETIC = corpus('cosmetic.json') as readonly (Mutation & { readonly flagged?: true })[];
const PROBES = [
	...['tool read_note', 'tool search_notes', 'prompt summarise', 'prompt translate'],
	...['resource note:///7', 'resource log:///1'],
];
const LISTS = ['tools/list', 'prompts/list', 'resources/templates/list'];
const CHANGES = ['tools', 'prompts', 'resources'].map(of => `notifications/${of}/list_changed`);

let rug: RugPull;
beforeAll(async () => {
	rug = await RugPull.open();
});
afterAll(() => rug.close());
afterEach(() => rug.says(BASE));

type Send = (method: string, params?: JsonObject) => Promise<JsonObject>;

/** How each probe ends: the reason of its refusal, or `passed`. */
async function outcomes(send: Send, probes: readonly string[]): Promise<Record<string, string>> {
	const ends: Record<string, string> = {};
	for (const probe of probes) {
		const { error, result } = await send(...requestFor(probe));
		const { data } = (error ?? {}) as { readonly data?: { readonly reason?: string } };
		ends[probe] = result === undefined ? (data?.reason ?? 'an error without reason') : 'passed';
	}
	return ends;
}

const stopped = expect.stringMatching(/^(tool|prompt|template|server)_(drifted|not_listed|not_reviewed)$/) as string;

/** What a mutation that matters must come to. */
function expected({ stops }: Matters): Record<string, string> {
	const probes = [...new Set([...stops.filter(stop => stop !== 'all'), ...PROBES])];
	return Object.fromEntries(
		probes.map(probe => [probe, stops.includes(probe) || stops.includes('all') ? stopped : 'passed']),
	);
}

const probesOf = (mutation: Matters) => Object.keys(expected(mutation));
/** INVARIANT: the most suspicious comes first, so that nothing else has made the firewall look. */
const stopsFirst = (mutation: Matters) =>
	probesOf(mutation).sort((a, b) => Number(mutation.stops.includes(b)) - Number(mutation.stops.includes(a)));

async function expectNothingTaken({ stops }: Matters): Promise<void> {
	const names = (await rug.taken()).map(line => line.split(' ')[1]);
	const forbidden = stops.includes('all') ? names : stops.map(stop => stop.split(' ')[1]);
	expect(names.filter(name => forbidden.includes(name))).toEqual([]);
}

const told = () => rug.rig.notices.flatMap(notice => (notice.kind === 'drifted' ? notice.drifts : []));
/** A review of its own for each case: what was told of another one is no news. */
function reviewAnew(): void {
	rug.rig.entry = { ...rug.rig.entry!, revision: rug.rig.entry!.revision + 1 };
	rug.rig.notices.length = 0;
}

describe('E3: the corpus is what it says', () => {
	it('has 60 mutations that matter and 15 that do not, each of its own', () => {
		expect(MATTERS.length).toBeGreaterThanOrEqual(60);
		expect(COSMETIC.length).toBeGreaterThanOrEqual(15);
		const all = [...MATTERS, ...COSMETIC];
		expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
		expect(new Set(all.map(mutation => JSON.stringify(mutated(mutation)))).size).toBe(all.length);
	});
});

describe('E3: a process that starts with a drifted surface', () => {
	it.each(MATTERS.map(mutation => [mutation.id, mutation] as const))(
		'%s: is stopped at the first call, before anybody has listed anything, and told',
		async (_id, mutation) => {
			reviewAnew();
			await rug.says(mutated(mutation));
			const session = await rug.session();
			expect(await outcomes(session.request, stopsFirst(mutation))).toEqual(expected(mutation));
			await expectNothingTaken(mutation);
			expect(told().flatMap(({ kinds }) => kinds)).toEqual(expect.arrayContaining([...mutation.kinds]));
			expect(
				rug.rig.trail.entries.some(({ detail }) =>
					/not as reviewed|not listed any more|hidden/.test(detail ?? ''),
				),
			).toBe(true);
			await session.end();
		},
	);

	it.each(COSMETIC.map(mutation => [mutation.id, mutation] as const))(
		'%s: goes on, and is told only where spaces differ',
		async (_id, mutation) => {
			reviewAnew();
			await rug.says(mutated(mutation));
			const session = await rug.session();
			expect(await outcomes(session.request, PROBES)).toEqual(
				Object.fromEntries(PROBES.map(probe => [probe, 'passed'])),
			);
			expect(new Set(told().map(({ severity }) => severity))).toEqual(new Set(mutation.flagged ? ['low'] : []));
			// What the client reads is what was reviewed, to the letter.
			const listed = await listAll(session.request);
			expect(reviewedTexts(listed)).toEqual(reviewedTexts(BASE));
			expect((session.hello.result as JsonObject).instructions).toBe(BASE.instructions);
			await session.end();
		},
	);
});

/** All lists, whatever their pages. */
async function listAll(send: Send): Promise<JsonObject> {
	const all: Record<string, JsonObject[]> = { tools: [], prompts: [], resourceTemplates: [] };
	for (const method of LISTS) {
		let cursor: JsonObject[string];
		do {
			const { result } = (await send(method, cursor === undefined ? {} : { cursor })) as {
				readonly result: JsonObject;
			};
			for (const [list, items] of Object.entries(all)) {
				items.push(...((result[list] ?? []) as JsonObject[]));
			}
			cursor = result.nextCursor;
		} while (cursor !== undefined);
	}
	return all;
}

/** What a model reads of lists, in the order of the names. */
function reviewedTexts(lists: JsonObject): unknown {
	const members = [
		'name',
		'title',
		'description',
		'inputSchema',
		'outputSchema',
		'annotations',
		'arguments',
		'uriTemplate',
	];
	const read = (list: string) =>
		(lists[list] as readonly JsonObject[])
			.map(item => Object.fromEntries(members.map(member => [member, item[member]])))
			.sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
	return { tools: read('tools'), prompts: read('prompts'), templates: read('resourceTemplates') };
}

describe('C6: a rug that is pulled in the middle of a session', () => {
	const MIDWAY = MATTERS.filter(({ at }) => at === undefined);
	let session: ClientSession;
	beforeAll(async () => {
		session = await rug.session();
		expect(await outcomes(session.request, PROBES)).toEqual(
			Object.fromEntries(PROBES.map(probe => [probe, 'passed'])),
		);
	});

	it.each(MIDWAY.map(mutation => [mutation.id, mutation] as const))(
		'%s: a plain list is enough for the very next call to be refused; what is as reviewed again runs again',
		async (_id, mutation) => {
			await rug.taken();
			await rug.says(mutated(mutation));
			const listed = JSON.stringify(await listAll(session.request));
			const names = mutation.stops.map(stop => stop.split(' ')[1]);
			expect(names.filter(name => listed.includes(`"name":"${name}"`))).toEqual([]);
			expect(await outcomes(session.request, stopsFirst(mutation))).toEqual(expected(mutation));
			await expectNothingTaken(mutation);
			await rug.says(BASE);
			await listAll(session.request);
			expect(await outcomes(session.request, PROBES)).toEqual(
				Object.fromEntries(PROBES.map(probe => [probe, 'passed'])),
			);
		},
	);

	it.each(MIDWAY.map((mutation, n) => [mutation.id, n, mutation] as const))(
		'%s: list_changed is enough, though the client lists nothing',
		async (_id, n, mutation) => {
			await rug.taken();
			// Every second one comes right behind another, when nothing is listed for a mere notification.
			rug.rig.clock.advance(n % 2 === 0 ? 5_000 : 0);
			await rug.says({ ...mutated(mutation), announce: { id: `pulled ${n}`, methods: CHANGES } });
			await session.request('ping');
			expect(await outcomes(session.request, stopsFirst(mutation))).toEqual(expected(mutation));
			await expectNothingTaken(mutation);
			await rug.says({ ...BASE, announce: { id: `restored ${n}`, methods: CHANGES } });
			await session.request('ping');
			expect(await outcomes(session.request, PROBES)).toEqual(
				Object.fromEntries(PROBES.map(probe => [probe, 'passed'])),
			);
		},
	);

	it('C6: what drifted is suspended before the client hears of the change', async () => {
		rug.rig.clock.advance(5_000);
		rug.rig.notices.length = 0;
		const before = rug.rig.trail.entries.length;
		await rug.says({ ...mutated(MATTERS[0]!), announce: { id: 'first', methods: [CHANGES[0]!] } });
		await session.request('ping');
		const own = rug.rig.trail.entries.slice(before).filter(({ method }) => method === 'tools/list');
		expect(own.map(({ outcome }) => outcome)).toEqual(['pending', 'answered']);
		expect(own[1]).toMatchObject({
			event: 'server-drifted',
			detail: 'asked by MCP Firewall itself; suspended, not as reviewed: read_note',
		});
	});
});

describe('E3: MCP 2026-07-28, where no session begins with a list', () => {
	const SOME = ['tool-description', 'schema-harvest', 'tool-removed', 'tool-added', 'server-renamed', 'instructions'];
	const REST = ['prompt-argument-new', 'template-uri', 'annotation-read-only', 'tool-look-alike-case'];

	it.each([...SOME, ...REST])('%s: the first call that a process gets is refused', async id => {
		const mutation = MATTERS.find(candidate => candidate.id === id)!;
		await rug.says(mutated(mutation));
		await rug.endAll();
		await rug.taken();
		expect(await outcomes((...request) => rug.ask(...request), stopsFirst(mutation))).toEqual(expected(mutation));
		await expectNothingTaken(mutation);
	});

	it('nothing drifted: it goes on', async () => {
		await rug.endAll();
		expect(await outcomes((...request) => rug.ask(...request), PROBES)).toEqual(
			Object.fromEntries(PROBES.map(probe => [probe, 'passed'])),
		);
	});
});

describe('C6: a server that cannot be compared', () => {
	it.each([
		['refuses its list', { errors: { 'tools/list': -32603 } }],
		['answers with something else', { raw: { 'tools/list': '[]' } }],
	])('%s: its tools are refused, its prompts go on', async (_name, extra) => {
		await rug.says({ ...BASE, ...extra });
		const session = await rug.session();
		expect(await outcomes(session.request, ['tool read_note', 'prompt translate'])).toEqual({
			...{ 'tool read_note': 'surface_unknown', 'prompt translate': 'passed' },
		});
		await session.end();
	});

	it('lists pages without end: its tools are refused', async () => {
		const tools = JSON.stringify({ tools: BASE.tools!, nextCursor: 'again' });
		await rug.says({ ...BASE, raw: { 'tools/list': tools } });
		const session = await rug.session();
		expect(await outcomes(session.request, ['tool read_note'])).toEqual({ 'tool read_note': 'surface_unknown' });
		await session.end();
	});

	it('the refusal repeats none of the server’s text, nor does the trail', async () => {
		const canary = 'CANARY-of-the-server';
		await rug.says({
			...BASE,
			...{ instructions: canary, serverInfo: { name: canary, version: canary } },
			tools: [{ ...(BASE.tools as readonly JsonObject[])[0], description: canary }],
			prompts: [{ name: 'summarise', description: canary }, { name: `new ${canary}` }],
		});
		const before = rug.rig.trail.entries.length;
		const session = await rug.session();
		const answers = [session.hello, await session.request(...requestFor('tool read_note'))];
		expect(JSON.stringify(answers)).not.toContain('CANARY');
		expect(JSON.stringify(rug.rig.trail.entries.slice(before))).not.toContain('CANARY');
		await session.end();
	});
});

describe('what is told of drift', () => {
	it('names the server, what drifted and how, once for each review', async () => {
		reviewAnew();
		await rug.says(mutated(MATTERS.find(({ id }) => id === 'tool-renamed')!));
		for (const session of [await rug.session(), await rug.session()]) {
			await session.request('tools/list');
			await session.end();
		}
		const drifts: readonly Drift[] = [
			{ subject: 'tool', key: 'read_notes', kinds: ['added'], severity: 'medium' },
			{ subject: 'tool', key: 'read_note', kinds: ['removed'], severity: 'medium' },
		];
		const { id: serverId, name: serverName } = rug.rig.server;
		expect(rug.rig.notices).toEqual([{ kind: 'drifted', serverId, serverName, tools: [], drifts }]);
	});
});
