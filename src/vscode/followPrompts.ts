import { type Disposable, DisposableStore } from '../base/disposable';
import { Emitter, type Event } from '../base/event';
import { type SessionClient } from '../firewall/sessionPaths';
import { type promptModes, settingIds } from './contributions';
import { onDidChangeSettings, setting } from './effectiveSettings';

/** The editor's chat of this window as a client; `dispose` ends the listening. */
export type FollowedPrompts = SessionClient & Disposable;

/**
 * Whose questions come before a tool runs in the chat of this window, by the setting {@link settingIds.prompts}. Anything but
 * `firewallOnly` leaves the editor's own question where it is. `policyChanged`: another policy is in force, under which this may
 * mean something else.
 */
export function followPrompts(policyChanged: Event<unknown>): FollowedPrompts {
	const store = new DisposableStore();
	const changed = store.add(new Emitter<void>());
	store.add(policyChanged(() => changed.fire()));
	store.add(onDidChangeSettings([settingIds.prompts], () => changed.fire()));
	return {
		presentation: () => {
			const wanted: (typeof promptModes)[number] = 'firewallOnly';
			return setting<string>(settingIds.prompts) === wanted ? 'decided' : 'truth';
		},
		onDidChange: changed.event,
		dispose: () => {
			store.dispose();
		},
	};
}
