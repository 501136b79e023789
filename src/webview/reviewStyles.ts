import { css } from 'lit';

/** The review editor: one column to read, a bar at the bottom to answer. Colours by VS Code's tokens only. */
export const reviewStyles = css`
	:host {
		display: flex;
		flex-direction: column;
		height: 100vh;
		background: var(--vscode-editor-background);
	}
	main {
		flex: 1;
		min-height: 0;
		padding: 16px 24px 32px;
		overflow: auto;
	}
	main > * {
		max-width: 900px;
	}
	h1 {
		margin: 0 0 4px;
		font-size: 1.5em;
		font-weight: 600;
		overflow-wrap: anywhere;
	}
	h2 {
		display: flex;
		align-items: center;
		gap: 8px;
		margin: 24px 0 8px;
		font-size: 1.1em;
		font-weight: 600;
	}
	p {
		margin: 4px 0;
	}
	.grow {
		flex: 1;
	}
	dl {
		display: grid;
		grid-template-columns: max-content 1fr;
		gap: 3px 16px;
		margin: 0;
	}
	dt {
		color: var(--quiet);
	}
	dd {
		margin: 0;
		overflow-wrap: anywhere;
	}
	fieldset {
		margin: 8px 0;
		padding: 0;
		border: 0;
	}
	legend {
		padding: 0;
		margin-bottom: 4px;
	}
	fieldset label {
		display: flex;
		align-items: center;
		gap: 6px;
		min-height: 25px;
	}
	.field {
		display: flex;
		align-items: center;
		flex-wrap: wrap;
		gap: 8px;
		margin: 8px 0;
	}
	input[type='text'] {
		height: 24px;
		padding: 0 6px;
		border: 1px solid var(--vscode-input-border, var(--vscode-contrastBorder, transparent));
		border-radius: 2px;
		font-size: inherit;
		color: var(--vscode-input-foreground);
		background: var(--vscode-input-background);
	}
	input[type='text']:not(.mono) {
		font-family: inherit;
	}
	input[aria-invalid='true'] {
		border-color: var(--vscode-inputValidation-errorBorder);
	}
	.invalid,
	.refused {
		/* The editor's own red is too faint for text on its light theme. */
		padding-inline-start: 8px;
		border-inline-start: 3px solid var(--bad);
	}
	input[type='checkbox'],
	input[type='radio'] {
		flex: none;
		margin: 0;
		accent-color: var(--vscode-focusBorder);
	}
	.item {
		margin: 8px 0;
		padding: 10px 12px;
		border: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, var(--line)));
		border-radius: 4px;
		background: var(--vscode-sideBar-background);
		content-visibility: auto;
		contain-intrinsic-size: auto 160px;
	}
	.item.off blockquote,
	.item.off .title {
		opacity: 0.75;
	}
	.head {
		display: flex;
		align-items: center;
		gap: 8px;
	}
	.head label {
		display: flex;
		align-items: center;
		gap: 8px;
		min-width: 0;
	}
	.name {
		font-weight: 600;
		overflow-wrap: anywhere;
	}
	.title {
		font-weight: 600;
	}
	blockquote {
		margin: 6px 0;
		padding: 2px 10px;
		border-inline-start: 3px solid var(--line);
		white-space: pre-wrap;
		overflow-wrap: anywhere;
	}
	.warnings {
		margin: 8px 0;
		padding: 0;
		list-style: none;
	}
	.warnings li {
		display: flex;
		gap: 8px;
		padding: 2px 0;
	}
	.warnings .icon {
		margin-top: 2px;
	}
	.where {
		padding: 0 4px;
		border-radius: 3px;
		background: var(--vscode-textCodeBlock-background, transparent);
		overflow-wrap: anywhere;
	}
	.capability {
		display: grid;
		grid-template-columns: max-content 190px 1fr;
		align-items: baseline;
		gap: 4px 8px;
		margin: 8px 0;
	}
	summary {
		cursor: pointer;
	}
	table {
		width: 100%;
		margin: 4px 0;
		border-collapse: collapse;
	}
	th,
	td {
		padding: 3px 12px 3px 0;
		border-top: 1px solid var(--line);
		font-weight: normal;
		text-align: start;
		vertical-align: top;
		overflow-wrap: anywhere;
	}
	.said {
		white-space: pre-wrap;
	}
	.hints .chip {
		max-width: 100%;
	}
	.hints {
		overflow-wrap: anywhere;
	}
	.blocked {
		margin: 12px 0;
		padding: 8px 12px;
		border: 1px solid var(--vscode-inputValidation-errorBorder);
		background: var(--vscode-inputValidation-errorBackground);
	}
	footer {
		display: flex;
		align-items: center;
		flex-wrap: wrap;
		gap: 8px;
		padding: 10px 24px;
		border-top: 1px solid var(--line);
		background: var(--vscode-sideBar-background);
	}
	button.primary {
		color: var(--vscode-button-foreground);
		background: var(--vscode-button-background);
	}
	button.primary:hover:not(:disabled) {
		background: var(--vscode-button-hoverBackground);
	}
	.head button,
	h2 button {
		flex: none;
		font-weight: normal;
		font-size: 13px;
	}
	button.plain {
		color: var(--vscode-textLink-foreground, inherit);
	}
	@media (max-width: 560px) {
		main {
			padding: 12px;
		}
		.capability,
		dl {
			grid-template-columns: 1fr;
		}
		dt {
			margin-top: 4px;
		}
	}
`;
