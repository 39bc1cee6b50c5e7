// Starts the small helpers that any page may use. Every page works without them.
import { keepDrafts } from "./autosave.js";
import { forgetOthers } from "./kept.js";
import { closeMenus, focusErrors, showPrint, unfoldOnPaper } from "./page.js";
import { stackTables } from "./tables.js";
import { fadeUndo } from "./undo.js";

focusErrors();
closeMenus();
showPrint();
unfoldOnPaper();
stackTables();
fadeUndo();
keepDrafts();
forgetOthers();
