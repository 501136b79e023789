import { inEnglish } from '../../base/phrase';
import { compileToolGlob } from '../identity/toolGlob';
import { rankOf, type TrustLevel } from '../identity/trustLevel';
import { coversCapability } from './capabilityName';
import { compileNameGlob, type Glob, type GlobOutcome } from './glob';
import { type IdentityPolicy, type IdentityRequirement, type IdentityTerms } from './identityPolicy';
import { type SourcePosition } from './sourcePosition';

/** What terms are looked up for. */
export interface IdentityTarget {
	readonly server: string;
	readonly tool: string;
	readonly capability: string;
	/** No tool runs: lists of tools and patterns over tools do not speak of it. */
	readonly isMethod?: true | undefined;
}

/** A term that counts, and where it is said. */
export interface Said<Value> {
	readonly value: Value;
	readonly at: SourcePosition;
}

/** What one layer asks of the server of one call; absent: it does not ask. */
export interface EffectiveTerms {
	/** Never `0`. */
	readonly minTrustLevel?: Said<TrustLevel>;
	readonly requireBadge?: Said<true>;
	/** The list that refuses the tool: it is denied there, or not allowed. */
	readonly refusedBy?: Said<'allowed_tools' | 'denied_tools'>;
}

/**
 * The terms of one layer for a call. For each term the most specific kind of place that says it counts: tool, capability,
 * server, default; of several places of that kind the strictest (identity.md §6.2). Throws a TypeError for what the parser
 * refuses.
 */
export function termsFor(identity: IdentityPolicy, target: IdentityTarget): EffectiveTerms {
	const { defaults, servers, capabilities, tools } = compiled(identity);
	const places: readonly (readonly CompiledTerms[])[] = [
		target.isMethod === true ? [] : tools.filter(({ matches }) => matches(target)),
		capabilities.filter(({ matches }) => matches(target)),
		servers.filter(({ matches }) => matches(target)),
		defaults,
	];
	const said = (key: keyof IdentityTerms): readonly CompiledTerms[] => {
		const found = places.map(kind => kind.filter(({ terms }) => terms[key] !== undefined));
		return found.find(kind => kind.length > 0) ?? [];
	};
	const level = said('minTrustLevel').reduce<Said<TrustLevel> | undefined>((strictest, { terms }) => {
		const { minTrustLevel: value, at } = terms;
		return value !== undefined && rankOf(value) > rankOf(strictest?.value) ? { value, at } : strictest;
	}, undefined);
	const badge = said('requireBadge').find(({ terms }) => terms.requireBadge === true);
	const list = target.isMethod === true ? undefined : refusing(said, target.tool);
	return {
		...(level !== undefined && level.value !== '0' && { minTrustLevel: level }),
		...(badge !== undefined && { requireBadge: { value: true, at: badge.terms.at } }),
		...(list !== undefined && { refusedBy: list }),
	};
}

function refusing(
	said: (key: 'allowedTools' | 'deniedTools') => readonly CompiledTerms[],
	tool: string,
): EffectiveTerms['refusedBy'] {
	const denied = said('deniedTools').find(({ denied: globs }) => globs.some(glob => glob.matches(tool)));
	if (denied !== undefined) {
		return { value: 'denied_tools', at: denied.terms.at };
	}
	const closed = said('allowedTools').find(({ allowed: globs }) => !globs.some(glob => glob.matches(tool)));
	return closed && { value: 'allowed_tools', at: closed.terms.at };
}

/** Each way in which a `server/tool` pattern can be taken apart: names of servers and of tools may hold `/` themselves. */
export function splitToolPattern(text: string): readonly { readonly server: string; readonly tool: string }[] {
	const slashes = [...text.matchAll(/\//g)].map(({ index }) => index).slice(0, 16);
	return slashes
		.map(at => ({ server: text.slice(0, at), tool: text.slice(at + 1) }))
		.filter(({ server, tool }) => server !== '' && tool !== '');
}

/** True when a pattern of `identity.servers` speaks of a server. */
export function speaksOfServer(requirement: IdentityRequirement, server: string): boolean {
	return serverMatcher(requirement)({ server });
}

/** True when a pattern of `identity.tools` speaks of a tool. */
export function speaksOfTool(
	requirement: IdentityRequirement,
	target: Pick<IdentityTarget, 'server' | 'tool'>,
): boolean {
	return toolMatcher(requirement)(target);
}

type Matches<Keys extends keyof IdentityTarget> = (target: Pick<IdentityTarget, Keys>) => boolean;

interface CompiledTerms {
	readonly terms: IdentityTerms;
	readonly matches: (target: IdentityTarget) => boolean;
	readonly allowed: readonly Glob[];
	readonly denied: readonly Glob[];
}

interface CompiledIdentity {
	readonly defaults: readonly CompiledTerms[];
	readonly servers: readonly CompiledTerms[];
	readonly capabilities: readonly CompiledTerms[];
	readonly tools: readonly CompiledTerms[];
}

/** Sections compile once; the memo changes no outcome. */
const memo = new WeakMap<IdentityPolicy, CompiledIdentity>();

function compiled(identity: IdentityPolicy): CompiledIdentity {
	const known = memo.get(identity);
	if (known !== undefined) {
		return known;
	}
	const { defaults, servers, capabilities, tools } = identity;
	const fresh = {
		defaults: defaults === undefined ? [] : [compile(defaults, () => true)],
		servers: servers.map(each => compile(each, serverMatcher(each))),
		capabilities: capabilities.map(each =>
			compile(each, ({ capability }) => coversCapability(each.of, capability)),
		),
		tools: tools.map(each => compile(each, toolMatcher(each))),
	};
	memo.set(identity, fresh);
	return fresh;
}

function compile(terms: IdentityTerms, matches: CompiledTerms['matches']): CompiledTerms {
	return {
		terms,
		matches,
		allowed: (terms.allowedTools ?? []).map(each => usable(compileToolGlob(each))),
		denied: (terms.deniedTools ?? []).map(each => usable(compileToolGlob(each, 'across'))),
	};
}

function serverMatcher({ of }: IdentityRequirement): Matches<'server'> {
	const glob = usable(compileNameGlob(of));
	return ({ server }) => glob.matches(server);
}

function toolMatcher({ of }: IdentityRequirement): Matches<'server' | 'tool'> {
	const pairs = splitToolPattern(of).flatMap(({ server, tool }) => {
		const [left, right] = [compileNameGlob(server), compileNameGlob(tool)];
		return left.ok && right.ok ? [{ server: left.glob, tool: right.glob }] : [];
	});
	if (pairs.length === 0) {
		throw new TypeError(`'${of}' is no pattern over server and tool`);
	}
	return ({ server, tool }) => pairs.some(pair => pair.server.matches(server) && pair.tool.matches(tool));
}

function usable(outcome: GlobOutcome): Glob {
	if (!outcome.ok) {
		throw new TypeError(inEnglish(outcome.why));
	}
	return outcome.glob;
}
