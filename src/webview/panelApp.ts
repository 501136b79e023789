import { html, nothing, type TemplateResult } from 'lit';
import { type PanelRequest } from '../shared/panelProtocol';
import { isFiltered } from './filterChoices';
import { icon } from './icons';
import { emptyTemplate, failureTemplate, noMatchTemplate, olderTemplate, progressTemplate } from './notices';
import { PanelActions } from './panelActions';
import { panelAppStyles } from './panelAppStyles';
import { say, sayAround, sayNumber } from './say';
import { sharedStyles } from './sharedStyles';

/** The whole panel as it is drawn. */
export class PanelApp extends PanelActions {
	protected override render(): TemplateResult {
		const { store, chain, verifying, failure, progress, session, question } = this.model;
		return html`<main>
			<h1 class="spoken">${say('Audit trail')}</h1>
			<mcp-firewall-waiting
				.question=${question}
				@ask=${(event: CustomEvent<PanelRequest>) => this.model.ask(event.detail)}
				@left=${this.toList}
			></mcp-firewall-waiting>
			<div class="top">
				<mcp-firewall-filters
					.filter=${store.filter}
					.facets=${store.facets}
					@filter=${this.filtered}
				></mcp-firewall-filters>
				<div class="facts">
					<span class="count quiet">${this.count()}${store.more ? olderTemplate(this.cancel) : nothing}</span>
					<span class="spoken said" role="status">${this.said}</span>
					<mcp-firewall-chain .chain=${chain} .busy=${verifying} @verify=${this.verify}></mcp-firewall-chain>
					${this.tool('link', say('Copy link to this view'), this.link)}
					${this.tool('export', say('Export what is listed…'), this.exportAll)}
				</div>
			</div>
			<div class="progress ${store.replacing || verifying ? 'busy' : ''}"></div>
			${failure === undefined ? nothing : failureTemplate(failure, this.retry, this.dismiss)}
			${progress === undefined ? nothing : progressTemplate(progress, this.cancel)}
			${session.id === undefined && store.total !== undefined && !this.isEmptyTrail ? this.overview() : nothing}
			<div class="main ${this.model.openId === undefined ? '' : 'split'}" @keydown=${this.keyed}>
				<div class="list">${session.id === undefined ? nothing : this.story()} ${this.calls()}</div>
				${this.model.openId === undefined ? nothing : this.detail()}
			</div>
		</main>`;
	}

	private tool(name: 'link' | 'export', what: string, act: () => void): TemplateResult {
		return html`<button class="plain" aria-label=${what} title=${what} @click=${act}>${icon(name)}</button>`;
	}

	private overview(): TemplateResult {
		const { overview, store } = this.model;
		const { from, to } = store.filter;
		return html`<mcp-firewall-overview
			.overview=${overview.overview}
			.counting=${(overview.overview?.total ?? 0) === 0 && (store.total ?? 0) > 0}
			.folded=${this.folded}
			.zoomed=${from !== undefined || to !== undefined}
			@fold=${this.fold}
			@filter=${this.narrowed}
		></mcp-firewall-overview>`;
	}

	private calls(): TemplateResult {
		const { store, session } = this.model;
		const empty = store.total === 0;
		const hidden = session.id !== undefined;
		return html`<mcp-firewall-calls
				?hidden=${empty}
				?inert=${hidden}
				class=${hidden ? 'under' : ''}
				.store=${store}
				.active=${this.model.active?.index}
				@activate=${this.activated}
				@why=${(event: CustomEvent<string>) => this.model.ask({ kind: 'why', id: event.detail })}
				@scrolled=${this.scrolled}
			></mcp-firewall-calls>
			${
				this.unseen > 0 && !hidden && !empty
					? html`<button class="pill" @click=${this.toTop}>
							${icon('up')}${sayAround('{0} new', sayNumber(this.unseen))}
						</button>`
					: nothing
			}
			${
				!empty || hidden
					? nothing
					: this.isEmptyTrail
						? emptyTemplate()
						: noMatchTemplate(this.clear, store.more)
			}`;
	}

	private story(): TemplateResult {
		const { session, openId } = this.model;
		return html`<mcp-firewall-story
			.story=${session.story}
			.more=${session.more}
			.openId=${openId}
			@back=${this.back}
			@open=${(event: CustomEvent<string>) => this.open(event.detail)}
			@enter=${(event: CustomEvent<string>) => {
				this.enter = true;
				this.open(event.detail);
			}}
			@follow=${(event: CustomEvent<string>) => this.follow(event.detail)}
		></mcp-firewall-story>`;
	}

	private detail(): TemplateResult {
		const { entry, verdict, counts, entryChain } = this.model;
		return html`<mcp-firewall-entry
			.entry=${entry}
			.verdict=${verdict}
			.counts=${counts}
			.chain=${entryChain}
			@close=${this.close}
			@ask=${(event: CustomEvent<PanelRequest>) => this.model.ask(event.detail)}
			@session=${(event: CustomEvent<string>) => this.showSession(event.detail)}
		></mcp-firewall-entry>`;
	}

	private get isEmptyTrail(): boolean {
		const { store } = this.model;
		return store.total === 0 && !isFiltered(store.filter) && !store.more;
	}

	static override readonly styles = [sharedStyles, panelAppStyles];
}
