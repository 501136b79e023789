import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { Emitter } from '../base/event';
import { type FoundInventory } from '../domain/registry/inventory';
import { type OriginPlace } from '../domain/registry/originPlaces';
import { FileSigns } from './fileSigns';
import { findServers } from './inventoryFiles';

/** Milliseconds between two looks where the system tells nothing. What is added has to be told within 2 s. */
const POLL_MS = 800;

/**
 * Reads every place where servers are defined, and again whenever one of the files may have changed. Starts nothing and
 * writes nothing, so it may run in a restricted workspace. What it gives is attacker-controlled.
 */
export class CoverageWatch implements Disposable {
	private readonly found = new Emitter<FoundInventory>();
	private signs: FileSigns | undefined;
	private files = '';
	private reading = false;
	private again = false;
	private disposed = false;

	readonly onDidFind = this.found.event;

	constructor(
		private readonly options: {
			/** Asked anew at every {@link refresh}: folders come and go. */
			readonly places: () => readonly OriginPlace[];
			readonly clock: Clock;
		},
	) {}

	/** Follows the places as they are now and reads them. */
	refresh(): void {
		const files = this.options.places().map(({ file }) => file);
		if (files.join('\0') !== this.files && !this.disposed) {
			this.files = files.join('\0');
			this.signs?.dispose();
			this.signs = new FileSigns(files, this.options.clock, () => void this.read(), POLL_MS);
		}
		void this.read();
	}

	dispose(): void {
		this.disposed = true;
		this.signs?.dispose();
		this.found.dispose();
	}

	/** One reading at a time; a sign meanwhile leads to one more. */
	private async read(): Promise<void> {
		if (this.reading) {
			this.again = true;
			return;
		}
		this.reading = true;
		const found = await findServers(this.options.places());
		this.reading = false;
		if (this.disposed) {
			return;
		}
		this.found.fire(found);
		if (this.again) {
			this.again = false;
			await this.read();
		}
	}
}
