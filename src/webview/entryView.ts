import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { type AuditRow } from '../shared/auditView';
import { type PanelChain, type PanelRequest } from '../shared/panelProtocol';
import { callSections, eventSections } from './callSections';
import { entryActions } from './entryActions';
import { entryViewStyles } from './entryViewStyles';
import { formatFullTime } from './formats';
import { icon } from './icons';
import { type Entry } from './panelModel';
import { say, sayAround } from './say';
import { facts, mono, section } from './sections';
import { sharedStyles } from './sharedStyles';
import { statusTemplate, textTemplate } from './textTemplate';
import { eventWord, reasonWord, statusOf } from './words';

const COPIED_MS = 1500;

/**
 * One call, whole. Fires `close`, `ask` ({@link PanelRequest}) when the host is to do something with the entry, and `session` (its
 * id) to show the session in the panel.
 */
export class EntryView extends LitElement {
	static override readonly properties = {
		entry: { attribute: false },
		verdict: { attribute: false },
		chain: { attribute: false },
		counts: { attribute: false },
		copied: { state: true },
	};

	declare entry: Entry | undefined;
	/** What was written before the call was handed on: it holds what the verdict rested on. */
	declare verdict: Entry | undefined;
	declare chain: PanelChain;
	/** What inspection saw in the entry. */
	declare counts: AuditRow['findings'];
	declare private copied: boolean;
	private timer: number | undefined;

	constructor() {
		super();
		this.entry = undefined;
		this.verdict = undefined;
		this.counts = undefined;
		this.chain = { state: 'unknown', detail: '', entries: 0 };
		this.copied = false;
	}

	/** Moves the focus to the heading, so that keyboard and screen reader go on from there. */
	override focus(): void {
		this.renderRoot.querySelector('h2')?.focus();
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		window.clearTimeout(this.timer);
	}

	protected override render(): TemplateResult {
		const entry = this.entry;
		return html`<article aria-label=${say('One call')}>
			<header>
				<h2 tabindex="-1">${entry === undefined ? say('Loading…') : textTemplate(title(entry), 120)}</h2>
				<button
					class="plain"
					aria-label=${say('Close')}
					title=${say('Close (Escape)')}
					@click=${() => this.fire('close')}
				>
					${icon('close')}
				</button>
			</header>
			${entry === undefined ? nothing : html`<div class="body" role="region" aria-label=${say('What is known of it')} tabindex="0">${this.sections(entry)}</div>`}
		</article>`;
	}

	private sections(entry: Entry): readonly unknown[] {
		const suppress = (rule: string) => this.fire('ask', { kind: 'suppress', id: entry.id, rule });
		return [
			this.head(entry),
			...(entry.kind === 'lifecycle' ? [eventSections(entry)] : callSections(entry, this.verdict, suppress)),
			section(say('Chain'), this.chainFacts(entry)),
			section(say('Origin'), origin(entry)),
		];
	}

	private head(entry: Entry): TemplateResult {
		const { server, detail } = entry;
		const why = entry.verdict && (reasonWord(entry.verdict.reason) ?? entry.verdict.reason);
		return html`<section class="first">
			<div class="headline">
				${statusTemplate(statusOf({ ...entry, findings: this.counts }))}
				${server === undefined ? nothing : html`<span>${sayAround('on {0}', textTemplate(server.name, 120))}</span>`}
				<span class="quiet">${textTemplate(formatFullTime(entry.at), 60)}</span>
			</div>
			${why === undefined ? nothing : html`<p class="flat">${textTemplate(why, 400)}</p>`}
			${
				detail === undefined || entry.kind === 'lifecycle'
					? nothing
					: html`<p class="flat">${textTemplate(detail, 1000)}</p>`
			}
			${entryActions(entry, {
				ask: request => this.fire('ask', request),
				session: id => this.fire('session', id),
				copy: () => void this.copy(entry),
				copied: this.copied,
			})}
		</section>`;
	}

	private async copy(entry: Entry): Promise<void> {
		try {
			await navigator.clipboard.writeText(JSON.stringify(entry, null, 2));
			this.copied = true;
			window.clearTimeout(this.timer);
			this.timer = window.setTimeout(() => {
				this.copied = false;
			}, COPIED_MS);
		} catch {
			// The page has no focus or no leave: the button then still says that nothing was copied.
		}
	}

	private chainFacts(entry: Entry): TemplateResult {
		const tone = { unknown: 'quiet', valid: 'good', broken: 'bad' }[this.chain.state];
		const word = { unknown: say('Not verified yet'), valid: say('Verified'), broken: say('Chain broken') }[
			this.chain.state
		];
		const name = this.chain.state === 'valid' ? 'pass' : this.chain.state === 'broken' ? 'error' : 'unknown';
		return facts([
			[say('State'), html`<span class="status ${tone}">${icon(name)}<span>${word}</span></span>`],
			[say('Where'), this.chain.state === 'broken' && textTemplate(this.chain.detail, 400)],
			[say('Sequence'), String(entry.seq)],
			[say('Hash'), mono(entry.hash)],
			[say('Before'), mono(entry.prev)],
			[say('Signed'), entry.checkpoint && mono(entry.checkpoint.key)],
		]);
	}

	private fire(name: 'close' | 'ask' | 'session', detail?: string | PanelRequest): void {
		this.dispatchEvent(new CustomEvent(name, { detail }));
	}

	static override readonly styles = [sharedStyles, entryViewStyles];
}

function title(entry: Entry): string {
	return entry.kind === 'lifecycle' ? eventWord(entry.event) : (entry.tool ?? entry.method ?? entry.kind);
}

function origin(entry: Entry): TemplateResult {
	return facts([
		[say('Entry'), mono(entry.id)],
		[say('Call'), entry.kind !== 'lifecycle' && entry.callId && mono(entry.callId)],
		[say('Kind'), entry.from === undefined ? entry.kind : say('{0}, from {1}', entry.kind, entry.from)],
		[say('Method'), entry.method && mono(entry.method)],
		[say('Session'), entry.session && mono(entry.session)],
		[say('Trace'), entry.traceparent && mono(entry.traceparent)],
		[say('Client'), entry.client && textTemplate(`${entry.client.name} ${entry.client.version}`, 200)],
		[say('Server id'), entry.kind === 'lifecycle' && entry.server && mono(entry.server.id)],
		[say('Policy'), entry.kind === 'lifecycle' && entry.policyDigest && mono(entry.policyDigest)],
	]);
}
