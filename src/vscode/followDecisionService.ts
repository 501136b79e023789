import * as vscode from 'vscode';
import { type Disposable } from '../base/disposable';
import { errorText } from '../base/errors';
import { type Logger } from '../base/logger';
import { type DecisionPoint } from '../domain/identity/decisionPoint';
import { decisionTarget } from '../proxy/decision/decisionTarget';
import { HttpDecisionPoint } from '../proxy/decision/httpDecisionPoint';
import { systemClock, systemIds } from '../storage/system';
import { decisionKinds, settingIds } from './contributions';
import { quoteForPerson } from './quote';

/** The decision service of the settings. */
export interface DecisionService extends Disposable {
	/** Undefined where none is configured. One that cannot be used is asked all the same, and never decides. */
	current(): DecisionPoint | undefined;
}

/** Follows the settings: another address or kind counts from the next call on. */
export function followDecisionService(logger: Logger): DecisionService {
	let point: (DecisionPoint & Partial<Disposable>) | undefined;
	const restart = () => {
		point?.dispose?.();
		point = open(logger);
	};
	const subscription = vscode.workspace.onDidChangeConfiguration(event => {
		if (
			event.affectsConfiguration(settingIds.decisionServiceUrl) ||
			event.affectsConfiguration(settingIds.decisionServiceKind)
		) {
			restart();
		}
	});
	restart();
	return {
		current: () => point,
		dispose: () => {
			subscription.dispose();
			point?.dispose?.();
		},
	};
}

function open(logger: Logger): (DecisionPoint & Partial<Disposable>) | undefined {
	const configuration = vscode.workspace.getConfiguration();
	const url = configuration.get<string>(settingIds.decisionServiceUrl, '').trim();
	if (url === '') {
		return undefined;
	}
	const said = configuration.get<string>(settingIds.decisionServiceKind);
	const kind = decisionKinds.find(one => one === said) ?? decisionKinds[0];
	try {
		return new HttpDecisionPoint({ target: decisionTarget(url), kind, clock: systemClock, ids: systemIds });
	} catch (error) {
		const why = errorText(error);
		logger.error(why);
		void vscode.window.showErrorMessage(
			`MCP Firewall: ${quoteForPerson(why, 300)} Until then calls are treated as if it gave no answer. See ${settingIds.decisionServiceUrl} in the settings.`,
		);
		// INVARIANT: an address that is wrong is no reason to ask nobody.
		return { ask: () => Promise.resolve({ kind: 'unavailable', why: 'its address cannot be used' }) };
	}
}
