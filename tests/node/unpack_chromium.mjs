// Unpacks the Chromium of the npm package into the temporary folder (TMPDIR) and says where it is.
// The package leaves out the libraries of a bare machine unless it believes to be on one that lacks them.
process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs20.x";
const { default: chromium } = await import("@sparticuz/chromium");
console.log(JSON.stringify({ executable: await chromium.executablePath() }));
