import { until } from './wait.mjs';
import { plain } from './workbench.mjs';

/** The trust card of one server. */
export class TrustCard {
	frame;

	/** @param {import('playwright-core').Frame} frame */
	constructor(frame) {
		this.frame = frame;
	}

	/** Opens the card of the server that a person knows as `name`, by the command. */
	static async open(workbench, name) {
		await workbench.runCommand('MCP Firewall: Show Trust Card…');
		await workbench.choose(name);
		return TrustCard.of(workbench, name);
	}

	/** Waits for the card of that server. */
	static async of(workbench, name) {
		return new TrustCard(await workbench.webview(`mcp-firewall-trust h1:text-is("Identity of “${name}”")`));
	}

	/** Everything that a person reads of it. */
	async text() {
		return plain(await this.frame.locator('main').innerText()).replace(/\s+/g, ' ');
	}

	/** Waits until its state is this, and gives its words. */
	async saying(state) {
		return until(`the card to say ${state}`, async () => {
			const said = await this.frame.locator('.state strong').innerText();
			if (said !== state) throw new Error(`it says ${said}: ${await this.text()}`);
			return this.text();
		});
	}

	async press(button) {
		await this.frame.getByRole('button', { name: button }).click();
	}
}
