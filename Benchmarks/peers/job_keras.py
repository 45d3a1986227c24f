"""The whole job in Keras on TensorFlow: read, scale, window, train five epochs, validate, save."""

import os
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras

import job_data


def main():
    (x, y), validation = job_data.load(sys.argv[1])
    keras.utils.set_random_seed(0)
    model = keras.Sequential([
        keras.Input(shape=x.shape[1:]), keras.layers.LSTM(job_data.UNITS), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(1e-3, global_clipnorm=1.0), loss="mse")
    model.fit(x, y, batch_size=job_data.BATCH, epochs=job_data.EPOCHS,
              validation_data=validation, verbose=2)
    model.save(sys.argv[2])


if __name__ == "__main__":
    main()
