/** The absolute path of the installed package: `vectors`, `harnesses`, `docs` and `python` lie in it. */
export declare const packageRoot: string;
