// The module that y-monaco imports: Monaco's own model and ranges, with the services that a model needs to hold text.
import { LanguageService } from "monaco-editor-core/esm/vs/editor/common/services/languageService.js";
import { TextModel } from "monaco-editor-core/esm/vs/editor/common/model/textModel.js";
import { TokenizationTextModelPart } from "monaco-editor-core/esm/vs/editor/common/model/tokens/tokenizationTextModelPart.js";
import { UndoRedoService } from "monaco-editor-core/esm/vs/platform/undoRedo/common/undoRedoService.js";

export { Range } from "monaco-editor-core/esm/vs/editor/common/core/range.js";
export { Selection } from "monaco-editor-core/esm/vs/editor/common/core/selection.js";
export const SelectionDirection = { LTR: 0, RTL: 1 };

globalThis.window ??= globalThis;
const nothing = { dispose() {} };
const configurations = { onDidChange: () => nothing, getLanguageConfiguration: () => ({ brackets: null }) };
const languages = new LanguageService();
const maker = {
  createInstance: (kind, ...given) => {
    if (kind !== TokenizationTextModelPart) throw new Error(`not needed: ${kind.name}`);
    return new kind(...given, languages, configurations, maker, { supportsLanguage: () => false });
  },
};

export function createModel(text) {
  return new TextModel(text, "plaintext", TextModel.DEFAULT_CREATION_OPTIONS, null, new UndoRedoService({}, {}), languages, configurations, maker);
}
