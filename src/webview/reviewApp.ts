import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { type ReviewCeiling, type ReviewItem, type ReviewMessage, type ReviewPage } from '../shared/reviewProtocol';
import { type ReviewHost } from './reviewHost';
import { reviewItemTemplate, warningsTemplate } from './reviewItemTemplate';
import { ReviewModel } from './reviewModel';
import { reviewStyles } from './reviewStyles';
import { say, sayAround } from './say';
import { sharedStyles } from './sharedStyles';
import { textTemplate } from './textTemplate';

const CEILINGS: readonly (readonly [ReviewCeiling, string])[] = [
	['public', 'Public: nothing but what everybody may know'],
	['internal', 'Internal: what is in this project, but no secrets'],
	['secret', 'Secret: also keys and passwords'],
];

const HEADINGS: Readonly<Record<ReviewItem['kind'], string>> = {
	instructions: 'Instructions to the model',
	tool: 'Tools',
	prompt: 'Prompts',
	template: 'Resource templates',
};

/** The review editor: draws the {@link ReviewModel} and hands it what the person does. */
export class ReviewApp extends LitElement {
	static override readonly properties = { host: { attribute: false } };

	/** Set once, before the first update. */
	declare host: ReviewHost | undefined;
	private readonly model = new ReviewModel(ask => this.host?.post(ask));

	constructor() {
		super();
		this.host = undefined;
	}

	protected override firstUpdated(): void {
		this.host?.listen(message => this.received(message));
		this.host?.post({ kind: 'ready' });
	}

	protected override render(): TemplateResult {
		const { page } = this.model;
		return page === undefined
			? html`<main><p class="quiet" role="status">${say('Loading…')}</p></main>`
			: html`<main>${this.server(page)} ${this.sections(page)}</main>
					${this.footer()}
					<datalist id="capabilities">
						${page.capabilities.map(name => html`<option value=${name}></option>`)}
					</datalist>`;
	}

	private server(page: ReviewPage): TemplateResult {
		return html`
			<h1 tabindex="-1">${sayAround('Review “{0}”', textTemplate(page.serverName, 100))}</h1>
			<p>${page.reason}</p>
			${
				page.blocked === undefined
					? nothing
					: html`<p class="blocked" role="alert">
							${page.blocked}
							${page.canPin ? html`<button @click=${this.pin}>${say('Look Up a Version and Pin It')}</button>` : nothing}
						</p>`
			}
			${warningsTemplate(page.findings)}
			<h2>${say('What it is')}</h2>
			<dl>
				${page.facts.map(
					({ label, value, claimed }) =>
						html`<dt>${label}</dt>
							<dd>
								<span class="mono">${textTemplate(value, 2000)}</span>
								${claimed === true ? html`<span class="quiet">${say('(its own word)')}</span>` : nothing}
							</dd>`,
				)}
			</dl>
			<h2>${say('What you decide')}</h2>
			<div class="field">
				<label for="owner">${say('Who answers for it')}</label>
				<input id="owner" type="text" maxlength="100" .value=${this.model.owner} @input=${this.owned} />
			</div>
			<fieldset>
				<legend>${say('What it may be sent at most')}</legend>
				${CEILINGS.map(
					([ceiling, words]) =>
						html`<label>
							<input
								type="radio"
								name="ceiling"
								value=${ceiling}
								.checked=${this.model.ceiling === ceiling}
								@change=${() => this.chose(ceiling)}
							/>
							${say(words)}
						</label>`,
				)}
				<p class="quiet">${page.ceilingWhy}</p>
			</fieldset>
			${
				page.first
					? nothing
					: html`<h2>
								${say('What changed')}
								<button class="plain" @click=${this.compare}>${say('Show Difference')}</button>
							</h2>
							${
								page.changes.length === 0 && !page.items.some(({ changes }) => changes.length > 0)
									? html`<p class="quiet">${say('Nothing.')}</p>`
									: page.changes.length === 0
										? html`<p class="quiet">${say('See below, at each tool.')}</p>`
										: warningsTemplate(page.changes)
							}`
			}
		`;
	}

	private sections(page: ReviewPage): readonly TemplateResult[] {
		const { model } = this;
		const kinds = ['instructions', 'tool', 'prompt', 'template'] as const;
		return kinds.flatMap(kind => {
			const members = model.all.flatMap((item, place) => (item.kind === kind ? [{ item, place }] : []));
			return members.length === 0
				? []
				: [
						html`<section aria-labelledby="heading-${kind}">
							<h2 id="heading-${kind}">
								${say(HEADINGS[kind])}${kind === 'instructions' ? nothing : ` (${String(members.length)})`}
							</h2>
							${members.map(({ item, place }) =>
								reviewItemTemplate(
									item,
									place,
									{ ticked: model.isTicked(place), first: page.first },
									this.actions,
								),
							)}
						</section>`,
					];
		});
	}

	private footer(): TemplateResult {
		const { count, obstacle, refused } = this.model;
		const why = refused ?? obstacle;
		return html`<footer>
			<button class="primary" ?disabled=${obstacle !== undefined} @click=${this.approve}>
				${sayAround('Approve ({0} of {1})', count.ticked, count.of)}
			</button>
			<button @click=${this.dismiss}>${say('Not Now')}</button>
			<button class="plain" @click=${this.tickHarmless}>${say('Tick All Without Grave Warnings')}</button>
			<span class="grow"></span>
			<span class=${why === undefined ? 'quiet' : 'refused'} role="status"
				>${why ?? say('What is not ticked is hidden from the model. “Not Now” approves nothing.')}</span
			>
		</footer>`;
	}

	private received(message: ReviewMessage): void {
		this.model.receive(message);
		this.requestUpdate();
		if (message.kind === 'page') {
			void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('h1')?.focus());
		}
	}

	private readonly actions = {
		tick: (place: number, on: boolean) => {
			this.model.tick(place, on);
			this.requestUpdate();
		},
		capability: (place: number, text: string) => {
			this.model.setCapability(place, text);
			this.requestUpdate();
		},
		show: (place: number) => this.host?.post({ kind: 'show', item: place }),
	};

	private readonly owned = (event: Event) => {
		this.model.owner = (event.target as HTMLInputElement).value;
		this.model.refused = undefined;
		this.requestUpdate();
	};

	private chose(ceiling: ReviewCeiling): void {
		this.model.ceiling = ceiling;
		this.requestUpdate();
	}

	private readonly pin = () => this.host?.post({ kind: 'pin' });

	private readonly compare = () => this.host?.post({ kind: 'compare' });

	private readonly approve = () => this.model.approve();

	private readonly dismiss = () => this.host?.post({ kind: 'dismiss' });

	private readonly tickHarmless = () => {
		this.model.tickHarmless();
		this.requestUpdate();
	};

	static override readonly styles = [sharedStyles, reviewStyles];
}
