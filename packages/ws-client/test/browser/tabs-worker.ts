import { serveTabs } from "../../src/tabs/index.js";

// The script of the shared worker of tab.tsx.

serveTabs();
