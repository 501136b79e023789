import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { type AuditOverview, type Ranked } from '../shared/auditView';
import { type FilterChange } from './filterChoices';
import { icon } from './icons';
import { sharedStyles } from './sharedStyles';
import { promptsStyles, promptsTemplate } from './promptsTemplate';
import { say, sayCount, sayNumber } from './say';
import { textTemplate } from './textTemplate';
import { type TimeRange } from './timelineChart';
import { visibleText } from './visibleText';
import { reasonWord } from './words';

/** The lists, and the member of the filter that a click sets; refusals are found by their text. */
const LISTS = [
	['servers', 'Top servers', 'server'],
	['tools', 'Top tools', 'tool'],
	['rules', 'Top rules', 'rule'],
	['refusals', 'Refusals', 'text'],
] as const;

/** Of each list so many are shown, so that the list of calls keeps the room. */
const SHOWN = 5;

/**
 * Timeline and most frequent of what is listed; can be folded away. Fires `fold`, and `filter` with the members to set
 * (undefined ones are to be taken out).
 */
export class OverviewPanel extends LitElement {
	static override readonly properties = {
		overview: { attribute: false },
		folded: { type: Boolean },
		zoomed: { type: Boolean },
		counting: { type: Boolean },
	};

	declare overview: AuditOverview | undefined;
	declare folded: boolean;
	/** A stretch of time is set, so that the chart shows that alone. */
	declare zoomed: boolean;
	/** There is more than {@link overview} tells of yet. */
	declare counting: boolean;

	constructor() {
		super();
		this.overview = undefined;
		this.folded = false;
		this.zoomed = false;
		this.counting = false;
	}

	protected override render(): TemplateResult {
		const { folded, overview } = this;
		return html`<section aria-label=${say('Overview')}>
			<div class="bar">
				<button class="plain fold" aria-expanded=${folded ? 'false' : 'true'} @click=${() => this.fire('fold')}>
					${icon(folded ? 'right' : 'down')}${say('Overview')}
				</button>
				${this.zoomed ? html`<button class="plain" @click=${this.zoomOut}>${say('Show all time')}</button>` : nothing}
			</div>
			${
				folded
					? nothing
					: html`<div class="content">
							<div class="charts">
								<mcp-firewall-timeline
									.overview=${overview}
									@range=${this.ranged}
								></mcp-firewall-timeline>
								${promptsTemplate(overview)}
							</div>
							${LISTS.map(([key, heading, member]) => this.list(say(heading), member, overview?.top[key] ?? []))}
						</div>`
			}
		</section>`;
	}

	private list(heading: string, member: (typeof LISTS)[number][2], ranked: readonly Ranked[]): TemplateResult {
		const most = ranked[0]?.count ?? 1;
		const word = (value: string) => (member === 'text' ? (reasonWord(value) ?? value) : value);
		return html`<div class="top">
			<h2>${heading}</h2>
			${
				ranked.length === 0
					? html`<p class="quiet">${this.counting ? say('counting…') : say('none')}</p>`
					: html`<ul aria-label=${heading}>
							${ranked.slice(0, SHOWN).map(
								({ value, count }) =>
									html`<li>
										<button
											class="plain"
											title=${sayCount(count, '{1}: {0} entry. Filter by it', '{1}: {0} entries. Filter by it', visibleText(value, 200))}
											@click=${() => this.filterBy(member, value)}
										>
											<span class="name">${textTemplate(word(value), 80)}</span>
											<span class="times">${sayNumber(count)}</span>
											<span
												class="part"
												.style=${`width:${String((count / most) * 100)}%`}
											></span>
										</button>
									</li>`,
							)}
						</ul>`
			}
		</div>`;
	}

	private filterBy(member: 'server' | 'tool' | 'rule' | 'text', value: string): void {
		this.fire('filter', member === 'text' ? { text: value, verdict: 'refused' } : { [member]: value });
	}

	private readonly ranged = ({ detail }: CustomEvent<TimeRange>) => this.fire('filter', detail);

	private readonly zoomOut = () => {
		this.fire('filter', { from: undefined, to: undefined });
	};

	private fire(name: 'fold' | 'filter' | 'range', detail?: FilterChange): void {
		this.dispatchEvent(new CustomEvent(name, { detail }));
	}

	static override readonly styles = [
		sharedStyles,
		promptsStyles,
		css`
			:host {
				display: block;
				flex: none;
				border-top: 1px solid var(--line);
				container-type: inline-size;
			}
			.bar {
				display: flex;
				align-items: center;
				gap: 8px;
				padding: 2px 12px 0 8px;
			}
			.bar button {
				height: 24px;
				color: var(--quiet);
				font-size: 0.88em;
			}
			.content {
				display: grid;
				grid-template-columns: minmax(0, 2.2fr) repeat(4, minmax(0, 1fr));
				gap: 8px 20px;
				padding: 0 12px 6px;
			}
			h2 {
				margin: 0;
				font-size: 0.88em;
				font-weight: 600;
				line-height: 20px;
				color: var(--quiet);
			}
			p {
				margin: 0;
				padding: 0 4px;
			}
			ul {
				margin: 0 -4px;
				padding: 0;
				list-style: none;
			}
			li button {
				position: relative;
				width: 100%;
				height: 24px;
				padding: 0 4px;
				color: var(--vscode-foreground);
			}
			.name {
				flex: 1;
				overflow: hidden;
				text-align: left;
				text-overflow: ellipsis;
			}
			.times {
				color: var(--quiet);
				font-variant-numeric: tabular-nums;
			}
			.part {
				position: absolute;
				bottom: 0;
				left: 4px;
				max-width: calc(100% - 8px);
				height: 2px;
				background: var(--asked);
				opacity: 0.6;
			}
			@container (max-width: 980px) {
				.content {
					grid-template-columns: repeat(4, minmax(0, 1fr));
				}
				.charts {
					grid-column: 1 / -1;
				}
				li:nth-child(n + 4) {
					display: none;
				}
			}
			@container (max-width: 560px) {
				.content {
					grid-template-columns: repeat(2, minmax(0, 1fr));
				}
				li:nth-child(n + 3) {
					display: none;
				}
			}
		`,
	];
}
