import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable';
import { errorText } from '../base/errors';
import { type Phrase } from '../base/phrase';
import { Emitter, type Event } from '../base/event';
import { type Logger } from '../base/logger';
import { type DecisionPoint } from '../domain/identity/decisionPoint';
import { type DecisionService } from '../domain/identity/decisionService';
import { OneShot } from '../proxy/relay/oneShot';
import { openDecisionPoint, silentDecisionPoint } from '../proxy/decision/openDecisionPoint';
import { systemClock, systemIds } from '../storage/system';
import { decisionKinds, settingIds } from './contributions';
import { DECISION_HEADER_KEY, type DecisionHeader, decisionHeaderFor } from './decisionHeader';
import { quoteForPerson } from './quote';
import { onDidChangeSettings, setting } from './effectiveSettings';
import { say, sayPhrase } from './say';

/** Milliseconds that a question waits for the header, which is read once. */
const HEADER_MS = 5_000;

/** The decision service of the settings. */
export interface FollowedDecisionService extends Disposable {
	/** Undefined where none is configured. One that cannot be used is asked all the same, and never decides. */
	current(): DecisionPoint | undefined;
	/** What the settings say; it counts as one with a header until that was looked up. */
	settings(): DecisionService | undefined;
	readonly onDidChange: Event<void>;
}

/** One that is configured. */
interface Opened {
	readonly point: DecisionPoint & Disposable;
	readonly settings: DecisionService;
}

/** Follows the settings and its header: another address, kind or header counts from the next call on. */
export function followDecisionService(
	logger: Logger,
	secrets: Pick<vscode.SecretStorage, 'get' | 'onDidChange'>,
): FollowedDecisionService {
	const store = new DisposableStore();
	const changed = store.add(new Emitter<void>());
	let opened: Opened | undefined;
	const restart = () => {
		opened?.point.dispose();
		const said = read();
		opened = said && { point: awaited(said), settings: { ...said, hasHeader: true } };
		changed.fire();
	};
	/** INVARIANT: it is not asked before its header is there, and never without one that cannot be read. */
	const awaited = (said: Pick<DecisionService, 'url' | 'kind'>): Opened['point'] => {
		let over = false;
		const look = decisionHeaderFor(secrets, said.url).then(
			header => open(said, header),
			(error: unknown) => {
				logger.error(`The header of the decision service cannot be read: ${errorText(error)}`);
				return silentDecisionPoint('its header cannot be read');
			},
		);
		const open = (service: Pick<DecisionService, 'url' | 'kind'>, header: DecisionHeader | undefined) => {
			if (over) {
				return silentDecisionPoint('it is not configured any more');
			}
			if (opened?.point === point) {
				opened = { point, settings: { ...service, hasHeader: header !== undefined } };
				changed.fire();
			}
			return openDecisionPoint(service, {
				...(header && { headers: { [header.name]: header.value } }),
				...{ clock: systemClock, ids: systemIds, trouble: (why, said) => tellUnusable(logger, why, said) },
			});
		};
		const point: Opened['point'] = {
			ask: async (request, signal) => {
				const inner = await soon(look, signal);
				return inner?.ask(request, signal) ?? { kind: 'unavailable', why: 'its header was not there in time' };
			},
			dispose: () => {
				over = true;
				void look.then(inner => inner.dispose());
			},
		};
		return point;
	};
	store.add(onDidChangeSettings([settingIds.decisionServiceUrl, settingIds.decisionServiceKind], restart));
	store.add(
		secrets.onDidChange(({ key }) => {
			if (key === DECISION_HEADER_KEY) {
				restart();
			}
		}),
	);
	restart();
	return {
		current: () => opened?.point,
		settings: () => opened?.settings,
		onDidChange: changed.event,
		dispose: () => {
			store.dispose();
			opened?.point.dispose();
		},
	};
}

/** Undefined where the secret storage does not answer in time, or nobody waits any more. */
async function soon<T>(wanted: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
	const done = new OneShot<T | 'none'>();
	const stop = () => done.fire('none');
	signal.addEventListener('abort', stop, { once: true });
	void wanted.then(value => done.fire(value));
	await done.within(HEADER_MS, systemClock);
	signal.removeEventListener('abort', stop);
	return done.value === 'none' ? undefined : done.value;
}

function read(): Pick<DecisionService, 'url' | 'kind'> | undefined {
	const url = setting<string>(settingIds.decisionServiceUrl, '').trim();
	const said = setting<string>(settingIds.decisionServiceKind);
	const kind = decisionKinds.find(one => one === said) ?? decisionKinds[0];
	return url === '' ? undefined : { url, kind };
}

function tellUnusable(logger: Logger, why: string, said: Phrase): void {
	logger.error(why);
	void vscode.window.showErrorMessage(
		say(
			'MCP Firewall: {0} Until then calls are treated as if it gave no answer. See {1} in the settings.',
			quoteForPerson(sayPhrase(said), 300),
			settingIds.decisionServiceUrl,
		),
	);
}
