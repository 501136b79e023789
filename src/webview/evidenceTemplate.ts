import { html, type TemplateResult } from 'lit';
import { authorityPhrase, type CallEvidence } from '../shared/auditView';
import { formatBytes, formatDuration, formatFullTime } from './formats';
import { icon } from './icons';
import { say, sayPhrase } from './say';
import { facts, mono } from './sections';
import { textTemplate } from './textTemplate';

type Group = CallEvidence['identity'];
type Fact = Group[string];

/** How facts are called; what is not named here is called by its own name, taken apart. */
const FACT_WORDS: Readonly<Record<string, string>> = {
	serverId: 'Server id',
	authMethod: 'Checked by',
	authResult: 'Result',
	authAt: 'Checked at',
	registryRevision: 'Registry entry',
	serverVersion: 'Server version',
	protocolVersion: 'Protocol',
	toolPin: 'Tool pin',
	signedBy: 'Signed by',
	did: 'DID',
	badgeId: 'Badge id',
	badgeIssuer: 'Badge issued by',
	badgeCause: 'Badge fails for',
	keyProof: 'Key proven',
	identityPin: 'Identity pin',
	authority: 'Authority code',
	authorityWhy: 'Because',
	authorityAt: 'Asked at',
	authorityObserved: 'Only observed',
	authorityMode: 'Enforcement',
	decisionId: 'Decision id',
	override: 'Break-glass',
	callerBadge: 'Badge sent along',
	capabilityBy: 'Known from',
	ruleAt: 'Rule at',
	observed: 'Would be',
	policyDigest: 'Policy',
	sessionLabels: 'Session labels',
	approvalGrant: 'Grant',
	digestReceived: 'Received bytes',
	digestSent: 'Sent bytes',
	heldBack: 'Left out or masked',
	masked: 'Masked',
	argumentsMac: 'Keyed hash',
	paramsHash: 'Params hash',
	sensitiveAt: 'Because of',
	isError: 'Error',
	bytes: 'Size',
	digest: 'SHA-256',
	effectRule: 'By rule',
	effectObserved: 'Would be',
	released: 'Withheld as',
	schema: 'Schema',
};

const HASHES = /(?:digest|pin|hash|mac|before|after|traceparent|grant|id|released)/iu;

const RESULTS: Readonly<Record<string, readonly [string, 'pass' | 'error' | 'unknown', string]>> = {
	ok: ['good', 'pass', 'Held'],
	failed: ['bad', 'error', 'Failed'],
	'not-checked': ['quiet', 'unknown', 'Not checked'],
};

/** Some facts of a group under their names. Values are masked already and attacker-controlled in part. */
export function evidenceFacts(group: Group, without: readonly string[] = []): TemplateResult {
	const names = Object.keys(group).filter(name => !without.includes(name));
	return facts(names.map(name => [wordOf(name), valueOf(name, group[name])]));
}

/** True when a group says anything else than what is left out. */
export function hasFacts(group: Group, without: readonly string[]): boolean {
	return Object.keys(group).some(name => !without.includes(name));
}

function wordOf(name: string): string {
	if (Object.hasOwn(FACT_WORDS, name)) {
		return say(FACT_WORDS[name] ?? name);
	}
	const words = name.replaceAll(/([A-Z])/gu, ' $1').toLowerCase();
	return words.slice(0, 1).toUpperCase() + words.slice(1);
}

function valueOf(name: string, value: Fact | undefined): unknown {
	if (value === undefined || value === null) {
		return undefined;
	}
	if (typeof value === 'string') {
		if (name === 'authorityWhy') {
			return textTemplate(sayPhrase(authorityPhrase(value)), 1000);
		}
		return name === 'authResult'
			? result(value)
			: /At$/u.test(name) && !/^(?:rule|authority)/u.test(name) && !Number.isNaN(Date.parse(value))
				? textTemplate(formatFullTime(value), 60)
				: HASHES.test(name) && /^[\w:+/=.-]{20,}$/u.test(value)
					? mono(value)
					: textTemplate(value, 1000);
	}
	if (typeof value === 'number') {
		return name.endsWith('Ms') ? formatDuration(value) : name === 'bytes' ? formatBytes(value) : String(value);
	}
	if (typeof value === 'boolean') {
		return value ? say('Yes') : say('No');
	}
	if (Array.isArray(value)) {
		return value.length === 0
			? undefined
			: html`<ul aria-label=${wordOf(name)}>
					${value.map(each => html`<li>${textTemplate(textOf(each), 1000)}</li>`)}
				</ul>`;
	}
	return textTemplate(JSON.stringify(value), 1000);
}

function textOf(value: unknown): string {
	return typeof value === 'string' ? value : JSON.stringify(value);
}

function result(value: string): TemplateResult {
	const [tone, name, word] = (Object.hasOwn(RESULTS, value) ? RESULTS[value] : undefined) ?? [
		'quiet',
		'unknown',
		value,
	];
	return html`<span class="status ${tone}">${icon(name)}<span>${textTemplate(word, 60)}</span></span>`;
}
