import fc from 'fast-check';
import { parse, type ParseError } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { insertServer } from '../../../src/domain/registry/insertServer';
import { removeServer } from '../../../src/domain/registry/removeServer';
import { replaceServer } from '../../../src/domain/registry/replaceServer';
import { serversTexts, textsAt } from './jsoncTexts';

function read(text: string): { servers: Record<string, unknown> } {
	const errors: ParseError[] = [];
	const value = parse(text.replace('\uFEFF', ''), errors, { allowTrailingComma: true }) as {
		servers: Record<string, unknown>;
	};
	expect(errors).toEqual([]);
	return value;
}

function cut(text: string, name: string): string {
	const removed = removeServer(text, name);
	return 'problem' in removed ? `problem: ${removed.problem}` : removed.text;
}

describe('removeServer', () => {
	it.each([
		['{', /^problem: line 1/],
		['', /^problem/],
		['{}', /no "servers"/],
		['{"servers":[]}', /no "servers"/],
		['{"servers":{"b":1}}', /no server of this name/],
		['{"servers":{"a":1,"a":2}}', /more than once/],
		['{"servers":{"a":1},"servers":{"a":1}}', /no "servers"/],
		['['.repeat(50_000), /nested/],
	])('refuses %.40s', (text, why) => {
		expect(cut(text, 'a')).toMatch(why);
	});

	it.each([
		['{"servers":{"a":1}}', '{"servers":{}}'],
		['{"servers":{ "a":1, "b":2 }}', '{"servers":{ "b":2 }}'],
		['{"servers":{ "b":2, "a":1 }}', '{"servers":{ "b":2 }}'],
		['{"servers":{ "b":2, "a":1, }}', '{"servers":{ "b":2, }}'],
		['{"servers":{\n\t"a": 1, // mine\n\t"b": 2\n}}', '{"servers":{\n\t// mine\n\t"b": 2\n}}'],
		['{"servers":{\r\n\t"b": 2, // b\r\n\t"a": 1\r\n}}', '{"servers":{\r\n\t"b": 2 // b\r\n}}'],
		['{"servers":{\n\t"b": 2\n\t// c\n\t, "a": 1\n}}', '{"servers":{\n\t"b": 2\n\t// c\n\t\n}}'],
		['{"servers":{"a":1/*,*/,"b":2}}', '{"servers":{/*,*/"b":2}}'],
	])('cuts %j', (text, expected) => {
		expect(cut(text, 'a')).toBe(expected);
	});

	it('removes the one server, one comma and blanks; every comment and every other byte stays', () => {
		fc.assert(
			fc.property(serversTexts, fc.nat(), ({ text, servers, comments }, pick) => {
				const index = pick % servers.length;
				const { name, property, at } = servers[index]!;
				const [previous, next] = [servers[index - 1], servers[index + 1]];
				const removed = removeServer(text, name);
				if ('problem' in removed) {
					throw new Error(removed.problem);
				}
				expect(removed.property).toBe(property);
				const before = text.slice(
					0,
					previous === undefined ? text.indexOf('[]') : previous.at + previous.property.length,
				);
				expect(removed.text.startsWith(before)).toBe(true);
				expect(removed.text.endsWith(text.slice(next?.at ?? text.length))).toBe(true);
				const visible = (part: string) => part.replaceAll(/\s/g, '');
				const rest = visible(text.slice(0, at)) + visible(text.slice(at + property.length));
				const after = visible(removed.text);
				expect([rest.length, rest.length - 1]).toContain(after.length);
				expect(without(rest, after)).toMatch(/^,?$/);
				for (const comment of comments) {
					expect(removed.text).toContain(comment);
				}
				const value = read(text);
				const others = Object.entries(value.servers).filter(([key]) => key !== name);
				expect(read(removed.text)).toEqual({ ...value, servers: Object.fromEntries(others) });
				expect(removed.text.startsWith('\uFEFF')).toBe(text.startsWith('\uFEFF'));
			}),
			{ numRuns: 2000 },
		);
	});
});

/** What `longer` has at the first place where it differs from `shorter`. */
function without(longer: string, shorter: string): string {
	let at = 0;
	while (at < shorter.length && longer[at] === shorter[at]) {
		at++;
	}
	const extra = longer.length - shorter.length;
	return longer.slice(at + extra) === shorter.slice(at) ? longer.slice(at, at + extra) : 'different';
}

const NESTED = ['customizations', 'vscode', 'mcp', 'servers'];

describe('replaceServer', () => {
	it.each([
		['{"mcpServers":{}}', '"a": 1', /no server of this name/],
		['{"mcpServers":{"a":1,"a":2}}', '"a": 1', /more than once/],
		['{"mcpServers":{"a":1}}', '"b": 1', /no server|safely/],
		['{"mcpServers":{"a":1}}', '"a": 1}, "x": {"b": 1', /safely/],
		['{"mcpServers":{"a":1}}', '"a": 1, "b": 2', /safely/],
		['{"mcpServers":{"a":1}}', '"a": 1, // c', /safely/],
	])('refuses to put into %s what is %s', (text, instead, why) => {
		const result = replaceServer(text, 'a', instead, ['mcpServers']);
		expect('problem' in result && result.problem).toMatch(why);
	});

	it('changes the one property and not a byte else, and back', () => {
		fc.assert(
			fc.property(textsAt(NESTED), fc.nat(), ({ text, servers }, pick) => {
				const { name, property, at } = servers[pick % servers.length]!;
				const instead = `${JSON.stringify(name)}: {"command":"shim"}`;
				const replaced = replaceServer(text, name, instead, NESTED);
				if ('problem' in replaced) {
					throw new Error(replaced.problem);
				}
				expect(replaced.property).toBe(property);
				expect(replaced.text).toBe(text.slice(0, at) + instead + text.slice(at + property.length));
				const back = replaceServer(replaced.text, name, property, NESTED);
				expect(back).toEqual({ text, property: instead });
			}),
			{ numRuns: 500 },
		);
	});
});

describe('a server somewhere deep in a file', () => {
	it('is taken out and put back; the rest of the file stays', () => {
		fc.assert(
			fc.property(textsAt(NESTED), fc.nat(), ({ text, servers, comments }, pick) => {
				const { name, property } = servers[pick % servers.length]!;
				const removed = removeServer(text, name, NESTED);
				if ('problem' in removed) {
					throw new Error(removed.problem);
				}
				expect(removed.property).toBe(property);
				const result = insertServer(removed.text, name, property, NESTED);
				if (result.kind !== 'inserted') {
					throw new Error(JSON.stringify(result));
				}
				expect(read(result.text)).toEqual(read(text));
				for (const comment of comments) {
					expect(removed.text).toContain(comment);
					expect(result.text).toContain(comment);
				}
			}),
			{ numRuns: 500 },
		);
	});

	it.each([
		['', '{\n\t"mcp": {\n\t\t"servers": {\n\t\t\t"a": 1\n\t\t}\n\t}\n}\n'],
		['{"x":1}', '{"x":1, "mcp": {\n\t\t"servers": {\n\t\t\t"a": 1\n\t\t}\n\t}}'],
		['{\r\n\t"mcp": {}\r\n}', '{\r\n\t"mcp": {\r\n\t\t"servers": {\r\n\t\t\t"a": 1\r\n\t\t}\r\n\t}\r\n}'],
	])('gets the objects that %j lacks', (text, expected) => {
		expect(insertServer(text, 'a', '"a": 1', ['mcp', 'servers'])).toEqual({ kind: 'inserted', text: expected });
	});

	it.each([
		['{"mcp":1}', /"mcp" must be/],
		['{"mcp":{"servers":[]}}', /"servers" must be/],
		['{"mcp":{},"mcp":{}}', /"mcp" must be/],
	])('is not put into %s', (text, why) => {
		const result = insertServer(text, 'a', '"a": 1', ['mcp', 'servers']);
		expect(result.kind === 'problem' && result.problem).toMatch(why);
	});
});

describe('insertServer', () => {
	it.each([
		['{', /line 1/],
		['[]', /expected/],
		['{"servers":[]}', /one object/],
		['{"servers":{},"servers":{}}', /one object/],
	])('refuses %s', (text, why) => {
		const result = insertServer(text, 'a', '"a": 1');
		expect(result.kind === 'problem' && result.problem).toMatch(why);
	});

	it('refuses a property that is more than one', () => {
		expect(insertServer('{}', 'a', '"a": 1}, "x": {').kind).toBe('problem');
		expect(insertServer('{}', 'a', '"a": 1, "b": 2').kind).toBe('problem');
	});

	it('leaves a server of the same name alone', () => {
		expect(insertServer('{"servers":{"a":2}}', 'a', '"a": 1')).toEqual({ kind: 'already-there' });
	});

	it.each([
		['', '{\n\t"servers": {\n\t\t"a": 1\n\t}\n}\n'],
		['{"servers":{}}', '{"servers":{\n\t"a": 1\n}}'],
		['{"servers":{"b":2}}', '{"servers":{"b":2, "a": 1}}'],
		['{"servers":{\n\t"b": 2, // b\n}}', '{"servers":{\n\t"b": 2, // b\n\t"a": 1,\n}}'],
		['{"servers":{\r\n\t"b": 2 // b\r\n}}', '{"servers":{\r\n\t"b": 2, // b\r\n\t"a": 1\r\n}}'],
	])('puts it into %j', (text, expected) => {
		expect(insertServer(text, 'a', '"a": 1')).toEqual({ kind: 'inserted', text: expected });
	});

	it('puts back what was removed, comments inside and around included', () => {
		fc.assert(
			fc.property(serversTexts, fc.nat(), ({ text, servers, comments }, pick) => {
				const { name } = servers[pick % servers.length]!;
				const removed = removeServer(text, name);
				const result = 'problem' in removed ? undefined : insertServer(removed.text, name, removed.property);
				if (result?.kind !== 'inserted') {
					throw new Error(JSON.stringify(result));
				}
				expect(read(result.text)).toEqual(read(text));
				for (const comment of comments) {
					expect(result.text).toContain(comment);
				}
			}),
			{ numRuns: 1000 },
		);
	});
});
