import { hexToBytes } from '@noble/hashes/utils.js';
import { toBase64Url } from '../base/base64Url';
import { digestJson } from '../base/digest';
import { type JsonObject, type JsonValue } from '../base/json';
import { inEnglish } from '../base/phrase';
import { type DecisionPoint } from '../domain/identity/decisionPoint';
import { readTrustSettings } from '../domain/identity/readTrustSettings';
import { type AccessTerms } from '../domain/identity/toolAccess';
import { compileToolGlob } from '../domain/identity/toolGlob';
import { isTrustLevel, type TrustLevel } from '../domain/identity/trustLevel';
import { type TrustSettings } from '../domain/identity/trustSettings';
import { BadgeVerifier } from '../domain/identity/verifyBadge';
import { systemClock } from '../storage/system';
import { decisionService } from './decisionService';
import { readEnvironment, readServiceUrl } from './environment';
import { type EvidenceSink, evidenceSink } from './evidenceSink';
import { type GuardConfig, type TrustConfig } from './guardConfig';
import { GuardConfigError } from './guardErrors';
import { type GuardLog, guardLog } from './guardLog';
import { identityFetch } from './identityFetch';

/** A configuration that was checked, with all that deciding by it takes. Frozen: nobody changes it for another tool. */
export interface CompiledGuard {
	readonly config: GuardConfig;
	readonly toolName: string | undefined;
	readonly terms: AccessTerms;
	readonly settings: TrustSettings;
	readonly verifier: BadgeVerifier;
	readonly policyVersion: string;
	readonly policyDigest: string;
	readonly serverOrigin: string | undefined;
	readonly evidence: EvidenceSink;
	readonly decisionPoint: DecisionPoint | undefined;
	readonly log: GuardLog;
	/** Unix milliseconds. */
	readonly now: () => number;
}

/** Members that a GuardConfig may have: one that is misspelt would otherwise guard nothing. */
const MEMBERS: ReadonlySet<string> = new Set([
	...['trustedIssuers', 'acceptLevelZero', 'trustedKeys', 'offline', 'maxStaleness', 'audience', 'minTrustLevel'],
	...['allowedTools', 'requireBadge', 'policyVersion', 'toolName', 'evidence', 'serverOrigin', 'decisionService'],
	...['now', 'fetch'],
]);

/**
 * Checks a configuration and copies it. Throws a GuardConfigError for whatever cannot be meant. With `base`, what it shares with
 * that one (verifier, evidence, decision service) is the same, where the configuration says nothing else.
 */
export function compileGuard(
	given: GuardConfig = {},
	env: Readonly<Record<string, string | undefined>> = process.env,
	base?: CompiledGuard,
): CompiledGuard {
	const unknown = Object.keys(given).find(key => !MEMBERS.has(key));
	if (unknown !== undefined) {
		throw new GuardConfigError(`GuardConfig has no member "${unknown.slice(0, 60)}".`);
	}
	const config = Object.freeze({ ...base?.config, ...definedMembers(given) });
	const environment = readEnvironment(env);
	const serverOrigin = config.serverOrigin ?? environment.serverOrigin;
	const settings = readTrust({ ...config, ...optional('audience', config.audience ?? serverOrigin) });
	const now = config.now ?? (() => systemClock.now());
	const minTrustLevel = readLevel(config.minTrustLevel);
	const { requireBadge = false, allowedTools, policyVersion } = config;
	if (typeof requireBadge !== 'boolean' || !['undefined', 'string'].includes(typeof policyVersion)) {
		throw new GuardConfigError('requireBadge must be true or false, policyVersion a text.');
	}
	const asked: JsonObject = {
		...{ minTrustLevel, requireBadge },
		...(allowedTools !== undefined && { allowedTools: [...allowedTools] }),
		trust: settings as unknown as JsonValue,
	};
	const policyDigest = `sha256:${toBase64Url(hexToBytes(digestJson(asked)))}`;
	const sameEvidence = base !== undefined && given.evidence === undefined;
	const sameService = base !== undefined && given.decisionService === undefined;
	return Object.freeze({
		...{ config, toolName: config.toolName, settings, policyDigest, serverOrigin, now },
		terms: Object.freeze<AccessTerms>({
			...{ minTrustLevel, requireBadge, trust: settings },
			...(allowedTools !== undefined && { allowedTools: readGlobs(allowedTools) }),
		}),
		verifier:
			base !== undefined && digestJson(trustOf(base)) === digestJson(trustOf({ settings }))
				? base.verifier
				: new BadgeVerifier({
						settings: () => settings,
						fetch: config.fetch ?? identityFetch(),
						clock: { now },
					}),
		policyVersion: policyVersion ?? policyDigest,
		evidence: sameEvidence ? base.evidence : evidenceSink(config.evidence, environment.evidenceDirectory),
		decisionPoint: sameService
			? base.decisionPoint
			: readService(config.decisionService, environment.decisionService),
		log: guardLog(environment.logLevel),
	});
}

/**
 * The trust settings that a configuration asks for. Throws a GuardConfigError for what is no trust settings, a DID in place of
 * an issuer's origin among them: what would have to be written is said.
 */
export function readTrust(config: TrustConfig): TrustSettings {
	const { trustedIssuers = [], acceptLevelZero = false, trustedKeys = [], offline = false } = config;
	if (!Array.isArray(trustedIssuers)) {
		throw new GuardConfigError('trustedIssuers must be a list.');
	}
	const issuers = (trustedIssuers as readonly unknown[]).map(each =>
		typeof each === 'string' ? { origin: each } : each,
	);
	for (const issuer of issuers) {
		const origin: unknown = (issuer as { readonly origin?: unknown } | null)?.origin;
		const host = typeof origin === 'string' ? /^did:web:([^:]+)/.exec(origin)?.[1] : undefined;
		if (host !== undefined) {
			throw new GuardConfigError(
				`Badges name their issuer by its HTTPS origin: write "https://${host.replace(/%3A/i, ':').slice(0, 253)}" in ` +
					'trustedIssuers, not a DID.',
			);
		}
	}
	const { settings, problems } = readTrustSettings({
		issuers: issuers.map(issuer => ({ maxLevel: '4', ...(issuer as object) })),
		...{ acceptLevelZero, trustedKeys, offline },
		...optional('maxStaleness', config.maxStaleness),
		...optional('audience', config.audience),
	});
	if (problems.length > 0) {
		throw new GuardConfigError(problems.join(' '));
	}
	return settings;
}

/** A level as people write it. Throws a GuardConfigError for what is none. */
export function readLevel(level: unknown): TrustLevel {
	const text = typeof level === 'number' ? String(level) : (level ?? '0');
	if (!isTrustLevel(text)) {
		throw new GuardConfigError('minTrustLevel must be 0, 1, 2, 3 or 4.');
	}
	return text;
}

function readGlobs(patterns: readonly string[]): NonNullable<AccessTerms['allowedTools']> {
	if (!Array.isArray(patterns)) {
		throw new GuardConfigError('allowedTools must be a list.');
	}
	return (patterns as readonly unknown[]).map(pattern => {
		const outcome = typeof pattern === 'string' ? compileToolGlob(pattern) : undefined;
		if (outcome?.ok !== true) {
			throw new GuardConfigError(
				`allowedTools: a pattern is malformed${outcome ? `: ${inEnglish(outcome.why)}` : ''}.`,
			);
		}
		return outcome.glob;
	});
}

function readService(
	given: GuardConfig['decisionService'],
	fromEnvironment: string | undefined,
): DecisionPoint | undefined {
	if (typeof given === 'object') {
		return given;
	}
	const url = given === undefined ? fromEnvironment : readServiceUrl(given, 'decisionService');
	return url === undefined ? undefined : decisionService(url);
}

function trustOf({ settings }: Pick<CompiledGuard, 'settings'>): JsonValue {
	return settings as unknown as JsonValue;
}

function definedMembers(config: GuardConfig): GuardConfig {
	return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
	return value === undefined ? {} : ({ [key]: value } as { readonly [key in K]: V });
}
