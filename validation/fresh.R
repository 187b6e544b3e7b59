# Fits of metafor for data that no file holds; run by fresh.py. Calls metafor only.
# Data: a line a set, "k y1 .. yk v1 .. vk x1 .. xk"; answers: "set mods method test name value ...", or "... error words".
suppressPackageStartupMessages(library(metafor))
cat("about", as.character(packageVersion("metafor")), R.version.string, "\n")
lines <- strsplit(readLines(commandArgs(TRUE)[1]), " ")
tight <- list(threshold = 1e-13, tol = 1e-15, maxiter = 20000)
for (set in seq_along(lines)) {
  n <- as.numeric(lines[[set]]); k <- n[1]
  y <- n[1 + 1:k]; v <- n[1 + k + 1:k]; x <- n[1 + 2 * k + 1:k]
  for (mods in c(0, 1)) for (method in c("EE", "DL", "HE", "HS", "HSk", "SJ", "ML", "REML", "EB", "PM", "PMM")) for (test in c("z", "knha")) {
    head <- paste(set, mods, method, test)
    res <- tryCatch(suppressWarnings(
      if (mods) rma(y, v, mods = x, method = method, test = test, control = tight)
      else rma(y, v, method = method, test = test, control = tight)), error = function(e) conditionMessage(e))
    if (is.character(res)) { cat(head, "error", gsub("[ \n]+", "_", res), "\n"); next }
    say <- function(name, value) cat(head, name, format(as.numeric(value), digits = 17), "\n")
    if (method %in% c("ML", "REML")) say("ll", logLik(res))
    for (name in c("beta", "se", "zval", "pval", "ci.lb", "ci.ub", "tau2", "se.tau2", "I2", "H2", "QE", "QEp", "QM", "QMp")) say(name, res[[name]])
    if (!mods) { p <- predict(res); say("pi.lb", p$pi.lb); say("pi.ub", p$pi.ub) }
  }
}
