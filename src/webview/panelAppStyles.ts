import { css } from 'lit';

/** Styles of the panel's frame: bar, list and detail side by side, or one over the other where it is narrow. */
export const panelAppStyles = css`
	:host {
		display: flex;
		flex-direction: column;
		height: 100vh;
		background: var(--vscode-editor-background);
		/* Where it is low, as in a window that is zoomed, the list keeps its height and the panel scrolls. */
		overflow: hidden auto;
	}
	main {
		display: contents;
	}
	.top {
		display: flex;
		flex-wrap: wrap;
		align-items: center;
		gap: 8px 16px;
		padding: 8px 12px;
	}
	.facts {
		display: flex;
		flex: 0 1 auto;
		align-items: center;
		gap: 8px;
		min-width: 0;
		max-width: 100%;
		margin-left: auto;
	}
	.count {
		font-variant-numeric: tabular-nums;
		white-space: nowrap;
	}
	.progress {
		position: relative;
		flex: none;
		height: 2px;
		overflow: hidden;
	}
	.progress.busy::after {
		content: '';
		position: absolute;
		inset: 0 70% 0 0;
		background: var(--vscode-progressBar-background);
		animation: slide 1.2s linear infinite;
	}
	@keyframes slide {
		from {
			transform: translateX(-100%);
		}
		to {
			transform: translateX(340%);
		}
	}
	@media (prefers-reduced-motion: reduce) {
		.progress.busy::after {
			inset: 0;
			animation: none;
		}
	}
	.banner {
		display: flex;
		align-items: center;
		gap: 8px;
		margin: 0 12px 8px;
		padding: 6px 8px 6px 10px;
		border: 1px solid var(--vscode-inputValidation-errorBorder, var(--bad));
		border-radius: 3px;
		color: var(--vscode-inputValidation-errorForeground, inherit);
		background: var(--vscode-inputValidation-errorBackground, transparent);
	}
	.banner button .icon {
		color: inherit;
	}
	.banner span {
		flex: 1;
		overflow-wrap: anywhere;
	}
	.banner.work {
		border-color: var(--line);
		color: inherit;
		background: none;
	}
	.banner .meter {
		flex: 2;
		height: 4px;
		border-radius: 2px;
		background: var(--vscode-list-hoverBackground, var(--line));
		outline: 1px solid var(--vscode-contrastBorder, transparent);
	}
	.meter span {
		display: block;
		height: 100%;
		border-radius: 2px;
		background: var(--vscode-progressBar-background);
	}
	.banner .percent {
		flex: none;
		min-width: 3.5em;
		font-variant-numeric: tabular-nums;
		text-align: right;
	}
	.older button {
		height: 20px;
		color: var(--vscode-textLink-foreground, inherit);
	}
	.facts > button.plain {
		width: 24px;
	}
	.main {
		display: grid;
		flex: 1;
		grid-template: minmax(0, 1fr) / minmax(0, 1fr);
		min-height: min(280px, 100vh);
		border-top: 1px solid var(--line);
	}
	.main.split {
		grid-template-columns: minmax(0, 1fr) clamp(340px, 38%, 620px);
	}
	.list {
		position: relative;
		min-width: 0;
		min-height: 0;
	}
	/* Kept as it is under a session, so that it comes back where it was. */
	.under {
		visibility: hidden;
	}
	mcp-firewall-story {
		position: absolute;
		z-index: 1;
		inset: 0;
	}
	mcp-firewall-entry {
		border-left: 1px solid var(--line);
		background: var(--vscode-sideBar-background, transparent);
	}
	.pill {
		position: absolute;
		z-index: 1;
		top: 34px;
		left: 50%;
		border-radius: 12px;
		color: var(--vscode-button-foreground, var(--vscode-foreground));
		background: var(--vscode-button-background, var(--vscode-editor-background));
		transform: translateX(-50%);
		box-shadow: 0 2px 8px var(--vscode-widget-shadow, transparent);
	}
	.pill:hover {
		background: var(--vscode-button-hoverBackground, var(--vscode-button-background));
	}
	.pill:focus-visible {
		outline-offset: 2px;
	}
	.pill .icon {
		color: inherit;
	}
	.empty {
		display: flex;
		flex-direction: column;
		align-items: center;
		justify-content: center;
		gap: 8px;
		height: 100%;
		padding: 24px;
		text-align: center;
	}
	.empty p {
		max-width: 46em;
		text-wrap: balance;
		margin: 0;
	}
	.empty > .icon {
		width: 40px;
		height: 40px;
		margin-bottom: 8px;
		color: var(--quiet);
		stroke-width: 0.8;
	}
	/* Who reads one call there needs the room more than the overview. */
	@media (max-width: 560px), (max-height: 560px) {
		mcp-firewall-overview:has(~ .main.split) {
			display: none;
		}
	}
	@media (max-width: 760px) {
		.main.split {
			min-height: min(560px, 100vh);
			grid-template: minmax(0, 45fr) minmax(0, 55fr) / minmax(0, 1fr);
		}
		mcp-firewall-entry {
			border-top: 1px solid var(--line);
			border-left: none;
		}
	}
`;
