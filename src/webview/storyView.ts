import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { type SessionStory, type StoryStep } from '../shared/auditView';
import { icon } from './icons';
import { say } from './say';
import { sharedStyles } from './sharedStyles';
import { laneLetters, stepTemplate } from './storyStep';
import { storySummary } from './storyWords';
import { storyStyles } from './storyStyles';
import { textTemplate } from './textTemplate';

/**
 * A session as a story, oldest step first, with the flow of labels drawn beside it. Fires `back`, `open` (id of an entry) when a
 * step is clicked or entered, and `follow` (id) when the keyboard moves to one.
 */
export class StoryView extends LitElement {
	static override readonly properties = {
		story: { attribute: false },
		more: { type: Boolean },
		openId: { attribute: false },
		active: { state: true },
	};

	declare story: SessionStory | undefined;
	/** The session has more entries than are shown. */
	declare more: boolean;
	/** The entry in the detail pane. */
	declare openId: string | undefined;
	declare private active: number | undefined;
	private reveal = false;

	constructor() {
		super();
		this.story = undefined;
		this.more = false;
		this.openId = undefined;
		this.active = undefined;
	}

	override focus(): void {
		const steps = this.renderRoot.querySelector<HTMLElement>('.steps');
		(steps ?? this.renderRoot.querySelector<HTMLElement>('.back'))?.focus();
	}

	protected override willUpdate(changed: PropertyValues<this>): void {
		const opened = changed.has('openId') || (changed.has('story') && changed.get('story') === undefined);
		const at = opened ? (this.story?.steps.findIndex(({ entry }) => entry.id === this.openId) ?? -1) : -1;
		if (at !== -1 && at !== this.active) {
			this.active = at;
			this.reveal = true;
		}
	}

	protected override updated(): void {
		if (this.reveal) {
			this.reveal = false;
			this.renderRoot.querySelector('.step.active')?.scrollIntoView({ block: 'nearest' });
		}
	}

	protected override render(): TemplateResult {
		const { story } = this;
		return html`<section aria-label=${say('Session')}>
			<header>
				<button class="back" @click=${() => this.fire('back')}>${icon('left')}${say('Back to List')}</button>
				<h2>${heading(story)}</h2>
				<span class="quiet">${story === undefined ? nothing : storySummary(story)}</span>
			</header>
			${story === undefined ? nothing : this.content(story)}
		</section>`;
	}

	private content(story: SessionStory): TemplateResult {
		const now = new Date();
		const day = now.toDateString();
		if (story.steps.length === 0) {
			return html`<p class="quiet none">${say('Nothing of this session is in the trail any more.')}</p>`;
		}
		return html`
			<div class="key quiet" aria-hidden="true">${laneLetters()}</div>
			<div
				class="steps"
				role="listbox"
				tabindex="0"
				aria-label=${say('Steps of the session, oldest first')}
				aria-activedescendant=${this.active === undefined ? nothing : `step-${String(this.active)}`}
				@keydown=${this.keyed}
				@focus=${this.focused}
				@click=${this.clicked}
			>
				${story.steps.map((step: StoryStep, at) =>
					guard([step, at === this.active, day], () =>
						stepTemplate(step, story, at, at === this.active, now),
					),
				)}
				${
					this.more
						? html`<p class="quiet none" role="presentation">
								${say('The session goes on; the list with a filter by session shows all of it.')}
							</p>`
						: nothing
				}
			</div>
		`;
	}

	private readonly focused = () => {
		this.active ??= 0;
	};

	private readonly clicked = (event: MouseEvent) => {
		const at = (event.target as Element).closest('[data-step]')?.getAttribute('data-step');
		if (at !== null && at !== undefined) {
			this.move(Number(at), 'open');
		}
	};

	private readonly keyed = (event: KeyboardEvent) => {
		const last = (this.story?.steps.length ?? 0) - 1;
		const steps: Readonly<Record<string, number>> = {
			...{ ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity },
		};
		const step = Object.hasOwn(steps, event.key) ? steps[event.key] : undefined;
		const enters = event.key === 'Enter' || event.key === ' ';
		if (last < 0 || event.altKey || event.ctrlKey || event.metaKey || (step === undefined && !enters)) {
			return;
		}
		event.preventDefault();
		const at = Math.min(Math.max((this.active ?? 0) + (step ?? 0), 0), last);
		this.move(at, enters ? 'enter' : 'follow');
	};

	private move(at: number, how: 'open' | 'enter' | 'follow'): void {
		this.active = at;
		this.reveal = true;
		this.fire(how, this.story?.steps[at]?.entry.id);
	}

	private fire(name: 'back' | 'open' | 'enter' | 'follow', detail?: string): void {
		this.dispatchEvent(new CustomEvent(name, { detail }));
	}

	static override readonly styles = [sharedStyles, storyStyles];
}

function heading(story: SessionStory | undefined): unknown {
	const step = story?.steps.find(({ entry }) => entry.server !== undefined);
	const agent = story?.steps.find(({ entry }) => entry.client !== undefined)?.entry.client?.name;
	const server = step?.entry.server?.name;
	if (story === undefined) {
		return say('Loading the session…');
	}
	const names = [agent, server].filter(each => each !== undefined).join(` ${say('with')} `);
	return textTemplate(names === '' ? say('Session') : say('Session: {0}', names), 160);
}
