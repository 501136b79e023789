import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type JsonObject } from '../../src/base/json';
import { BASE, corpus, type Mutation, mutated, requestFor, RugPull } from './support/rugPull';

const MATTERS = corpus('matters.json') as readonly (Mutation & { readonly stops: readonly string[] })[];
const SOME = MATTERS.filter(({ id }) =>
	[
		'tool-description',
		'schema-harvest',
		'tool-removed',
		'server-version',
		'prompt-description',
		'template-mime',
	].includes(id),
);

let rug: RugPull;
beforeAll(async () => {
	rug = await RugPull.open('http');
});
afterAll(() => rug.close());
afterEach(() => rug.says(BASE));

const probeOf = ({ stops: [stop = ''] }: (typeof MATTERS)[number]) =>
	requestFor(stop === 'all' ? 'tool read_note' : stop);
const REFUSED = expect.objectContaining({
	data: expect.objectContaining({ reason: expect.stringMatching(/_(drifted|not_listed)$/) as string }) as JsonObject,
}) as JsonObject;

describe('E3: a server over HTTP that starts with a drifted surface', () => {
	it('is reviewed like one that is started, and goes on as reviewed', async () => {
		expect(rug.surface.prompts.map(({ key }) => key)).toEqual(['summarise', 'translate']);
		const session = await rug.session();
		expect(await session.request(...requestFor('tool read_note'))).toHaveProperty('result');
		expect(await session.request(...requestFor('resource note:///7'))).toHaveProperty('result');
		await session.end();
		expect(await rug.ask(...requestFor('tool read_note'))).toHaveProperty('result');
		await rug.endAll();
	});

	it.each(SOME.map(mutation => [mutation.id, mutation] as const))(
		'%s: the first call is refused, in both eras, and the server does not hear of it',
		async (_id, mutation) => {
			await rug.taken();
			await rug.says(mutated(mutation));
			const session = await rug.session();
			expect((await session.request(...probeOf(mutation))).error).toEqual(REFUSED);
			await session.end();
			expect((await rug.ask(...probeOf(mutation))).error).toEqual(REFUSED);
			await rug.endAll();
			expect(await rug.taken()).toEqual([]);
		},
	);
});
