import * as vscode from 'vscode';
import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { errorText } from '../base/errors';
import { type Logger } from '../base/logger';
import { urlOf } from '../base/urlOf';
import { OtlpSender } from '../proxy/otlp/otlpSender';
import { otlpTarget } from '../proxy/otlp/otlpTarget';
import { type Journal } from '../storage/journal';
import { settingIds } from './contributions';
import { failureText } from './problemText';
import { quoteForPerson } from './quote';
import { onDidChangeSettings, setting } from './effectiveSettings';
import { say } from './say';

/**
 * Where the headers are kept: in the editor's secret storage, never in settings. For each origin its own, so that the token of one
 * collector never goes to the next one that is named.
 */
const HEADERS = 'otlpHeaders.';

/** Sends spans of calls where the person configured it; nothing is opened, and nothing is sent, without the setting. */
export interface OtlpFollower extends Disposable {
	/** Sends what waits. Never rejects. */
	close(): Promise<void>;
}

/** Follows the setting and the headers; whoever names an endpoint is asked for its headers once. */
export function followOtlp(
	context: Pick<vscode.ExtensionContext, 'secrets'>,
	parts: { readonly journal: Pick<Journal, 'onDidAppend'>; readonly clock: Clock; readonly logger: Logger },
): OtlpFollower {
	const { journal, clock, logger } = parts;
	let sender: OtlpSender | undefined;
	let turn = 0;
	// Once for each collector and window: all further trouble stands in the log.
	const onTrouble = (why: string, host: string) => {
		const text = say(
			'MCP Firewall: the OpenTelemetry collector at {0} does not take spans ({1}). Calls go on, the audit trail has all of them, and what can wait is sent later.',
			quoteForPerson(host, 200),
			say(why),
		);
		void vscode.window.showWarningMessage(text);
	};
	const restart = async () => {
		const mine = ++turn;
		const before = sender;
		sender = undefined;
		void before?.close();
		const address = endpoint();
		if (address === '') {
			return;
		}
		try {
			const headers = (await context.secrets.get(headersKey(address))) ?? '';
			if (mine === turn) {
				sender = new OtlpSender({ target: otlpTarget(address, headers), clock, logger, onTrouble });
			}
		} catch (error) {
			logger.error(`No spans are sent: ${errorText(error)}`);
			void vscode.window.showErrorMessage(
				say(
					'MCP Firewall: no spans are sent. {0} See {1} in the settings.',
					failureText(error),
					settingIds.otlpEndpoint,
				),
			);
		}
	};
	const disposables = [
		journal.onDidAppend(entry => sender?.add(entry)),
		onDidChangeSettings([settingIds.otlpEndpoint], () => {
			void restart();
			void offerHeaders(context.secrets, logger);
		}),
		context.secrets.onDidChange(({ key }) => {
			if (key.startsWith(HEADERS)) {
				void restart();
			}
		}),
	];
	void restart();
	return {
		close: async () => {
			turn++;
			await sender?.close();
		},
		dispose: () => {
			turn++;
			sender?.dispose();
			for (const each of disposables) {
				each.dispose();
			}
		},
	};
}

function endpoint(): string {
	return setting<string>(settingIds.otlpEndpoint, '').trim();
}

function headersKey(address: string): string {
	return HEADERS + (urlOf(address)?.origin ?? '');
}

/** Asks in this window alone, the one that has the focus: the setting changes in all of them. */
async function offerHeaders(secrets: vscode.SecretStorage, logger: Logger): Promise<void> {
	const address = endpoint();
	if (address === '' || !vscode.window.state.focused) {
		return;
	}
	const enter = say('Enter Headers…');
	const choice = await vscode.window.showInformationMessage(
		say(
			'MCP Firewall: spans of calls now go to {0}. Does it want a header, such as a token?',
			quoteForPerson(address, 200),
		),
		enter,
	);
	if (choice !== enter) {
		return;
	}
	const headers = await vscode.window.showInputBox({
		title: say('Headers for the OpenTelemetry Endpoint'),
		prompt: say('name=value, separated by commas. Kept in the secret storage of the editor. Empty: none.'),
		password: true,
		ignoreFocusOut: true,
		validateInput: text => {
			try {
				otlpTarget(address, text);
				return undefined;
			} catch (error) {
				return failureText(error);
			}
		},
	});
	if (headers === undefined) {
		return;
	}
	try {
		const key = headersKey(address);
		await (headers.trim() === '' ? secrets.delete(key) : secrets.store(key, headers));
	} catch (error) {
		logger.error(`The headers of the OpenTelemetry endpoint cannot be kept: ${errorText(error)}`);
	}
}
