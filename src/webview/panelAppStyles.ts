import { css } from 'lit';

/** Styles of the panel's frame: bar, list and detail side by side, or one over the other where it is narrow. */
export const panelAppStyles = css`
	:host {
		display: flex;
		flex-direction: column;
		height: 100vh;
		background: var(--vscode-editor-background);
		overflow: hidden;
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
		gap: 16px;
		min-width: 0;
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
	.main {
		display: grid;
		flex: 1;
		grid-template: minmax(0, 1fr) / minmax(0, 1fr);
		min-height: 0;
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
	mcp-firewall-entry {
		border-left: 1px solid var(--line);
		background: var(--vscode-sideBar-background, transparent);
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
	@media (max-width: 760px) {
		.main.split {
			grid-template: minmax(0, 45fr) minmax(0, 55fr) / minmax(0, 1fr);
		}
		mcp-firewall-entry {
			border-top: 1px solid var(--line);
			border-left: none;
		}
	}
`;
