import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';
import {
	type KnownTexts,
	type SteeringChange,
	steeringChanges,
	type SteeringText,
} from '../domain/registry/steeringChanges';
import { type SteeringPlace } from '../domain/registry/steeringPlaces';
import { SteeringFiles } from '../storage/steeringFiles';

/** What {@link Steering} needs. */
export interface SteeringOptions {
	/** Asked anew at every look: folders come and go. */
	readonly places: () => readonly SteeringPlace[];
	readonly memory: { get(): KnownTexts; set(known: KnownTexts): Promise<void> };
	/** The tools of extensions, their descriptions and schemas by digest; scope `tools`. */
	readonly tools: () => readonly SteeringText[];
	/** Tells a person what is not as it was seen last. */
	readonly tell: (changes: readonly SteeringChange[]) => void;
	/** Called after each look. */
	readonly onLook: () => void;
	readonly clock: Clock;
}

/** Milliseconds between two looks. */
const LOOK_MS = 10_000;
const TOOLS = 'tools';

/**
 * Knows the texts that steer agents past any MCP server: instructions, prompts, skills, agents, hooks. A text that is not as
 * it was when it was seen last is told once. Nothing in them is judged.
 */
export class Steering implements Disposable {
	private readonly files = new SteeringFiles();
	private timer: Disposable | undefined;
	private disposed = false;

	/** As of the last look. */
	texts: readonly SteeringText[] = [];

	constructor(private readonly options: SteeringOptions) {}

	/** Looks now, and from then on every 10 s. Never rejects: what cannot be remembered is told again. */
	async look(): Promise<void> {
		this.timer?.dispose();
		const here = this.options.places();
		const texts = [...(await this.files.find(here)), ...this.options.tools()];
		if (this.disposed) {
			return;
		}
		this.texts = texts;
		await this.compare([...here.map(({ scope }) => scope), TOOLS]).catch(() => undefined);
		if (!this.isDisposed()) {
			this.options.onLook();
			this.timer = this.options.clock.schedule(LOOK_MS, () => void this.look());
		}
	}

	private async compare(scopes: readonly string[]): Promise<void> {
		const { memory, tell } = this.options;
		const before = memory.get();
		// Tools come and go with their extensions: what one said counts until it says something else.
		const gone = Object.entries(before[TOOLS] ?? {})
			.filter(([path]) => !this.texts.some(text => text.scope === TOOLS && text.path === path))
			.map(([path, digest]) => ({ kind: 'tool' as const, scope: TOOLS, path, digest }));
		const { changes, known } = steeringChanges(before, [...this.texts, ...gone], scopes);
		const told = changes.filter(({ kind, scope }) => scope !== TOOLS || kind === 'changed');
		if (changes.length > 0 || scopes.some(scope => !Object.hasOwn(before, scope))) {
			await memory.set(known);
		}
		if (told.length > 0) {
			tell(told);
		}
	}

	private isDisposed(): boolean {
		return this.disposed;
	}

	dispose(): void {
		this.disposed = true;
		this.timer?.dispose();
	}
}
