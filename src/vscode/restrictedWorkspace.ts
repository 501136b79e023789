import { say } from './say';

/** A button of a message, and the command that it runs. */
export interface MessageButton {
	readonly title: string;
	readonly command: string;
	readonly args?: readonly unknown[];
}

/** Why nothing is started in a restricted workspace. */
export function restrictedReason(): string {
	return say('This workspace is not trusted. MCP Firewall starts no servers here; trust the workspace first.');
}

/** The way to VS Code's own page about the trust in this workspace. */
export function manageTrust(): MessageButton {
	return { title: say('Manage Workspace Trust'), command: 'workbench.trust.manage' };
}

/** Where {@link isHeldBack} asks, and says why. */
export interface RestrictedUi {
	isTrusted(): boolean;
	error(message: string, button?: MessageButton): void;
}

/** True in a restricted workspace, for what would start a server there; the person is told why, with the way to the trust. */
export function isHeldBack(ui: RestrictedUi): boolean {
	if (ui.isTrusted()) {
		return false;
	}
	ui.error(restrictedReason(), manageTrust());
	return true;
}
