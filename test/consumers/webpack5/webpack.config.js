export default {
  mode: "production",
  entry: { file: "./file.js", inline: "./inline.js" },
  output: { path: new URL("out", import.meta.url).pathname, filename: "[name].js", publicPath: "/" },
  performance: false,
};
