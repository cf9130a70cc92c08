"""A perceptron on one's own arrays, beside the line of the largest margin."""

import numpy as np

from convcore import MaxMargin, Perceptron

rng = np.random.default_rng(0)
X = np.concatenate([rng.normal(-2, 1, (50, 2)), rng.normal(2, 1, (50, 2))])
y = np.repeat(["cat", "dog"], 50)
model = Perceptron(epochs=100).fit(X, y)
print(model.mistakes, "wrong:", len(model.wrong), "w:", model.w.round(2), "b:", round(model.b, 2))
print(model.predict([[-3, -1], [2, 2]]))
print(MaxMargin().fit(X, y).predict([[-3, -1], [2, 2]]))
