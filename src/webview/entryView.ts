import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { type AuditRow } from '../domain/audit/auditFilter';
import { type PanelChain } from '../shared/panelProtocol';
import { entryViewStyles } from './entryViewStyles';
import { findingsTemplate, suppressedTemplate } from './findingsTemplate';
import { formatBytes, formatDuration, formatFullTime, plural } from './formats';
import { icon } from './icons';
import { latencyTemplate } from './latencyTemplate';
import { type Entry } from './panelModel';
import { facts, mono, section } from './sections';
import { sentTemplate } from './sentTemplate';
import { sharedStyles } from './sharedStyles';
import { labelsTemplate, statusTemplate, textTemplate } from './textTemplate';
import { approvalWord, eventWord, reasonWord, statusOf } from './words';

/** The rule to suppress, and the entry in which it found something. */
export interface SuppressRequest {
	readonly id: string;
	readonly rule: string;
}

/** Characters of arguments that are drawn; more would only slow the panel down. */
const ARGUMENTS_LIMIT = 100_000;

/**
 * One call, whole. Fires `close`, `why` (the entry's id) when the person asks why it ended so, `withheld` (its id) to see an
 * answer that waits, and `suppress` ({@link SuppressRequest}).
 */
export class EntryView extends LitElement {
	static override readonly properties = {
		entry: { attribute: false },
		chain: { attribute: false },
		counts: { attribute: false },
	};

	declare entry: Entry | undefined;
	declare chain: PanelChain;
	/** What inspection saw in the entry. */
	declare counts: AuditRow['findings'];

	constructor() {
		super();
		this.entry = undefined;
		this.counts = undefined;
		this.chain = { state: 'unknown', detail: '', entries: 0 };
	}

	/** Moves the focus to the heading, so that keyboard and screen reader go on from there. */
	override focus(): void {
		this.renderRoot.querySelector('h2')?.focus();
	}

	protected override render(): TemplateResult {
		const entry = this.entry;
		return html`<article aria-label="One call">
			<header>
				<h2 tabindex="-1">${entry === undefined ? 'Loading…' : textTemplate(title(entry), 120)}</h2>
				<button class="plain" aria-label="Close" title="Close (Escape)" @click=${() => this.fire('close')}>
					${icon('close')}
				</button>
			</header>
			${entry === undefined ? nothing : html`<div class="body" tabindex="0">${this.sections(entry)}</div>`}
		</article>`;
	}

	private sections(entry: Entry): readonly unknown[] {
		return [
			this.verdict(entry),
			entry.paths?.length
				? section(
						'Paths',
						html`<ul>
							${entry.paths.map(path => html`<li class="mono">${textTemplate(path, 4096)}</li>`)}
						</ul>`,
					)
				: nothing,
			entry.findings?.length
				? section(
						'Findings',
						findingsTemplate(entry, rule => this.fire('suppress', { id: entry.id, rule })),
					)
				: nothing,
			entry.suppressed?.length ? section('Suppressed', suppressedTemplate(entry.suppressed)) : nothing,
			entry.arguments === undefined
				? nothing
				: section(
						'Arguments, secrets masked',
						html`<pre tabindex="0">
${textTemplate(JSON.stringify(entry.arguments, null, 2), ARGUMENTS_LIMIT, true)}</pre>`,
					),
			sentTemplate(entry),
			this.response(entry),
			entry.latency === undefined ? nothing : section('Time', latencyTemplate(entry.latency)),
			section('Chain', this.chainFacts(entry)),
			section('Origin', origin(entry)),
		];
	}

	private verdict(entry: Entry): TemplateResult {
		const { verdict, approval } = entry;
		return html`<section class="first">
			<div class="headline">
				${statusTemplate(statusOf({ ...entry, findings: this.counts }))}
				<span class="quiet">${textTemplate(formatFullTime(entry.at), 60)}</span>
				${
					entry.outcome === 'withheld'
						? html`<button @click=${() => this.fire('withheld', entry.id)}>Show Withheld Answer…</button>`
						: nothing
				}
			</div>
			${facts([
				['Server', entry.server && textTemplate(entry.server.name, 200)],
				['Capability', entry.capability && textTemplate(entry.capability, 200)],
				['Verdict', verdict && textTemplate(verdict.effect, 40)],
				[
					'Would be',
					verdict?.observed &&
						html`${textTemplate(verdict.observed, 40)} <span class="quiet">observe mode</span>`,
				],
				['Reason', verdict && reason(verdict.reason)],
				['Rule', verdict && this.rule(verdict.rule, entry)],
				['Approval', approval && approvalText(approval)],
				['Detail', entry.detail && textTemplate(entry.detail, 1000)],
			])}
		</section>`;
	}

	private rule(rule: NonNullable<Entry['verdict']>['rule'], entry: Entry): TemplateResult {
		const what = rule === undefined ? 'Show how near each rule is' : 'Go to the rule that decided';
		const words =
			rule === undefined
				? html`<span class="quiet">none</span>`
				: html`<span class="mono">${textTemplate(rule.id, 200)}</span>
						<span class="quiet">${textTemplate(`${rule.file}:${rule.line}`, 400)}</span>`;
		return html`${words}
			<button title=${what} @click=${() => this.fire('why', entry.id)}>${icon('goto')}Why?</button>`;
	}

	private response(entry: Entry): unknown {
		const { response, labels, masked } = entry;
		if (response === undefined && !labels?.length && entry.schemaValid === undefined && !masked) {
			return nothing;
		}
		return section(
			'Response',
			facts([
				['Labels', labels?.length && labelsTemplate(labels)],
				['Size', response && `${formatBytes(response.bytes)}${response.isError ? ', an error' : ''}`],
				['SHA-256', response && mono(response.digest)],
				['Secrets', masked !== undefined && masked > 0 && `${plural(masked, 'secret')} masked for the agent`],
				['Schema', entry.schemaValid !== undefined && (entry.schemaValid ? 'As reviewed' : 'Not as reviewed')],
			]),
		);
	}

	private chainFacts(entry: Entry): TemplateResult {
		const tone = { unknown: 'quiet', valid: 'good', broken: 'bad' }[this.chain.state];
		const word = { unknown: 'Not verified yet', valid: 'Verified', broken: 'Chain broken' }[this.chain.state];
		const name = this.chain.state === 'valid' ? 'pass' : this.chain.state === 'broken' ? 'error' : 'link';
		return facts([
			['State', html`<span class="status ${tone}">${icon(name)}<span>${word}</span></span>`],
			['Where', this.chain.state === 'broken' && textTemplate(this.chain.detail, 400)],
			['Sequence', String(entry.seq)],
			['Hash', mono(entry.hash)],
			['Before', mono(entry.prev)],
		]);
	}

	private fire(name: 'close' | 'why' | 'withheld' | 'suppress', detail?: string | SuppressRequest): void {
		this.dispatchEvent(new CustomEvent(name, { detail }));
	}

	static override readonly styles = [sharedStyles, entryViewStyles];
}

function title(entry: Entry): string {
	return entry.kind === 'lifecycle' ? eventWord(entry.event) : (entry.tool ?? entry.method ?? entry.kind);
}

function reason(code: string): TemplateResult {
	const meaning = reasonWord(code);
	return meaning === undefined
		? html`${textTemplate(code, 400)}`
		: html`${meaning} <span class="mono quiet">${textTemplate(code, 400)}</span>`;
}

function approvalText(approval: NonNullable<Entry['approval']>): TemplateResult {
	return html`${textTemplate(approvalWord(approval.outcome), 60)}
		<span class="quiet">after ${formatDuration(approval.waitedMs)}</span>`;
}

function origin(entry: Entry): TemplateResult {
	return facts([
		['Entry', mono(entry.id)],
		['Call', entry.callId && mono(entry.callId)],
		['Withheld as', entry.released && mono(entry.released)],
		['Kind', `${entry.kind}${entry.from === undefined ? '' : `, from ${entry.from}`}`],
		['Method', entry.method && mono(entry.method)],
		['Session', entry.session && mono(entry.session)],
		['Client', entry.client && textTemplate(`${entry.client.name} ${entry.client.version}`, 200)],
		['Server id', entry.server && mono(entry.server.id)],
		['Registry', entry.server?.revision !== undefined && `revision ${String(entry.server.revision)}`],
		['Identity', entry.auth && textTemplate(`${entry.auth.method}: ${entry.auth.result}`, 100)],
		['Secrets given', entry.credentials?.length && textTemplate(entry.credentials.join(', '), 400)],
		['Sent bytes', entry.digest && mono(entry.digest)],
		['Policy', entry.policyDigest && mono(entry.policyDigest)],
	]);
}
