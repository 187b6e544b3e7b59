# Times metafor on the data of a folder, one task a line of the standard input: "batch 500" -> "seconds 2.13".
# Calls metafor only; run by synthesis.py, which writes the data.
suppressPackageStartupMessages(library(metafor))
folder <- commandArgs(TRUE)[1]
data <- function(name) {
  x <- scan(file.path(folder, paste0(name, ".txt")), quiet = TRUE)
  matrix(x[-(1:2)], nrow = x[1], ncol = x[2], byrow = TRUE)
}
fit <- function(y, v, test) tryCatch(rma(yi = y, vi = v, method = "REML", test = test), error = function(e) NULL)

tasks <- list(
  about = function(n) cat("about", as.character(packageVersion("metafor")), R.version.string, "\n"),
  values = function(n) {
    y <- data("batch_y"); v <- data("batch_v")
    for (i in seq_len(n)) {
      res <- fit(y[i, ], v[i, ], "knha")
      if (is.null(res)) cat("value NaN NaN NaN\n")
      else cat("value", format(c(res$tau2, res$beta[1], res$se), digits = 17), "\n")
    }
  },
  batch = function(n) { y <- data("batch_y"); v <- data("batch_v"); function() for (i in seq_len(n)) fit(y[i, ], v[i, ], "knha") },
  one = function(n) { y <- data("one_y")[1, ]; v <- data("one_v")[1, ]; function() for (i in seq_len(n)) confint(fit(y, v, "z")) },
  left = function(n) { y <- data("left_y")[1, ]; v <- data("left_v")[1, ]; function() for (i in seq_len(n)) fit(y[-i], v[-i], "z") },
  permute = function(n) {
    res <- fit(data("permute_y")[1, ], data("permute_v")[1, ], "z")
    function() permutest(res, exact = FALSE, iter = n, progbar = FALSE)
  },
  large = function(n) {
    y <- data("large_y")[1, ]; v <- data("large_v")[1, ]
    function() rma(yi = y, vi = v, method = "REML")
  }
)

input <- file("stdin", open = "r")
while (length(line <- readLines(input, n = 1)) > 0) {
  words <- strsplit(line, " ")[[1]]
  tryCatch({
    work <- tasks[[words[1]]](as.integer(words[2]))
    if (is.function(work)) {
      start <- Sys.time()
      work()
      cat("seconds", format(as.numeric(difftime(Sys.time(), start, units = "secs")), digits = 9), "\n")
    }
  }, error = function(e) cat("error", gsub("\n", " ", conditionMessage(e)), "\n"))
  cat("done\n")
  flush(stdout())
}
