import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject, type JsonValue } from '../../../src/base/json';
import { describeLaunch, serverIdOf } from '../../../src/domain/registry/launch';
import { readServerEntries, readServerEntry } from '../../../src/domain/registry/readServerEntry';
import { aServerEntry, aToolPin } from '../support/serverEntries';

const launch = { kind: 'stdio', command: 'x', args: ['y'], env: ['T'] } as const;
const reviewed = { name: 'read', description: 'Reads.' };
const entry = aServerEntry({ name: 'Files', launch, tools: [aToolPin(reviewed)] }) as unknown as JsonObject;
const pin = aToolPin(reviewed) as unknown as JsonObject;
const other = { ...launch, command: 'z' };

describe('an entry of a server that is reached by URL', () => {
	const http = { kind: 'http', url: 'https://mcp.example.com/mcp', headers: ['X-Key', 'Authorization'] } as const;

	it('is read back as it was', () => {
		const stored = { ...entry, id: serverIdOf(http), launch: http };
		expect(readServerEntry(JSON.parse(JSON.stringify(stored)) as JsonValue)).toEqual(stored);
	});

	it('has another id in another folder, which is part of the entry', () => {
		const stored = { ...entry, id: serverIdOf(http, '/ws/two'), launch: http, boundTo: '/ws/two' };
		const read = (value: object) => readServerEntry(JSON.parse(JSON.stringify(value)) as JsonValue);
		expect(read(stored)).toEqual(stored);
		expect(stored.id).not.toBe(serverIdOf(http));
		for (const boundTo of [undefined, '/ws/three', 2]) {
			expect(read({ ...stored, boundTo })).toMatchObject({ pointer: boundTo === 2 ? '/boundTo' : '/id' });
		}
		expect(read({ ...stored, id: serverIdOf(http) })).toMatchObject({ pointer: '/id' });
	});

	it('has another id for another address or header, whatever their order and spelling', () => {
		const ids = [http, { ...http, url: 'https://mcp.example.com/mcp2' }, { ...http, headers: ['X-Key'] }].map(
			launch => serverIdOf(launch),
		);
		expect(new Set(ids).size).toBe(3);
		expect(serverIdOf({ ...http, headers: ['authorization', 'x-key'] })).toBe(ids[0]);
		expect(describeLaunch(http)).toBe(http.url);
	});
});

describe('readServerEntry', () => {
	it.each<[JsonValue, string]>([
		[null, ''],
		[{ ...entry, id: 'x' }, '/id'],
		[{ ...entry, launch: other }, '/id'],
		[{ ...entry, extra: 1 }, '/extra'],
		[{ ...entry, name: 'a\u200bb' }, '/name'],
		[{ ...entry, name: '' }, '/name'],
		[{ ...entry, launch: { ...launch, kind: 'pipe' } }, '/launch/kind'],
		[{ ...entry, launch: { ...launch, kind: 'http' } }, '/launch/command'],
		[{ ...entry, launch: { kind: 'http', url: 'file:///etc/passwd', headers: [] } }, '/launch/url'],
		[{ ...entry, launch: { kind: 'http', url: 'https://a.example/', headers: ['A: b'] } }, '/launch/headers/0'],
		[{ ...entry, launch: { kind: 'http', url: 'https://a.example/', headers: [] } }, '/id'],
		[{ ...entry, launch: { ...launch, command: '' } }, '/launch/command'],
		[{ ...entry, launch: { ...launch, args: [1] } }, '/launch/args/0'],
		[{ ...entry, launch: { ...launch, env: ['A=B'] } }, '/launch/env/0'],
		[{ ...entry, launch: { ...launch, shell: true } }, '/launch/shell'],
		[{ ...entry, origin: { kind: 'web', file: 'x' } }, '/origin/kind'],
		[{ ...entry, status: 'maybe' }, '/status'],
		[{ ...entry, tools: {} }, '/tools'],
		[{ ...entry, tools: [pin, pin] }, '/tools'],
		[{ ...entry, tools: [{ ...pin, digest: 'x' }] }, '/tools/0/digest'],
		[{ ...entry, tools: [{ ...pin, name: 'other' }] }, '/tools/0/reviewed'],
		[{ ...entry, tools: [{ ...pin, reviewed: { ...reviewed, description: 'Writes.' } }] }, '/tools/0/digest'],
		[{ ...entry, tools: [{ ...pin, capability: 'everything' }] }, '/tools/0/capability'],
		[{ ...entry, reviewedAt: 'yesterday' }, '/reviewedAt'],
		[{ ...entry, shared: 'yes' }, '/shared'],
		[{ ...entry, shared: false }, '/shared'],
	])('refuses %j', (value, pointer) => {
		expect(readServerEntry(value)).toMatchObject({ pointer });
	});

	it.each(
		['id', 'name', 'revision', 'launch', 'origin', 'owner', 'status', 'ceiling', 'credentials'].concat(
			...['supply', 'tools', 'surface', 'reviewedAt', 'reviewedBy'],
		),
	)('C1 refuses an entry without %s and names the field', key => {
		const rest = Object.fromEntries(Object.entries(entry).filter(([name]) => name !== key));
		expect(readServerEntry(rest)).toMatchObject({ pointer: `/${key}` });
	});

	it('reads what is valid', () => {
		expect(readServerEntry(entry)).toEqual(entry);
	});

	it('never throws', () => {
		fc.assert(fc.property(fc.jsonValue(), value => void readServerEntry(value as JsonValue)));
		fc.assert(
			fc.property(fc.constantFrom(...Object.keys(entry)), fc.jsonValue(), (key, value) => {
				readServerEntry({ ...entry, [key]: value as JsonValue });
			}),
		);
	});
});

describe('readServerEntries', () => {
	const second = { ...entry, id: serverIdOf(other), launch: other, name: 'Others' };

	it.each<[unknown, string]>([
		[[], ''],
		[{ version: 3, servers: [] }, '/version'],
		[{ version: 2 }, ''],
		[{ version: 2, servers: [entry, entry] }, '/servers/1/id'],
		[{ version: 2, servers: [entry, { ...second, name: 'fIles' }] }, '/servers/1/name'],
		[{ version: 2, servers: [entry, { ...second, status: 1 }] }, '/servers/1/status'],
	])('refuses %j', (value, pointer) => {
		expect(readServerEntries(value as JsonValue)).toMatchObject({ kind: 'problem', problem: { pointer } });
	});

	it('reads all', () => {
		const value = { version: 2, servers: [entry, second] } as unknown as JsonValue;
		expect(readServerEntries(value)).toEqual({ kind: 'read', entries: [entry, second] });
	});
});
