"""A Kafka of our own: the mock cluster inside librdkafka, which speaks the protocol over TCP on loopback.

It knows topics, consumer groups and their offsets, and keeps nothing. The Python package does not show it, hence ctypes.
"""

import ctypes
from types import TracebackType
from typing import Self

from confluent_kafka import Producer, cimpl

PRODUCER = 0
AT = 1_790_000_000_000  # when all records were written, in ms

rd = ctypes.CDLL(cimpl.__file__)  # finds what it is linked with, too
for name in ("conf_new", "new", "mock_cluster_new"):
    getattr(rd, f"rd_kafka_{name}").restype = ctypes.c_void_p
rd.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p


class Broker:
    """One broker. `address` is what clients are told."""

    def __enter__(self) -> Self:
        said = ctypes.create_string_buffer(256)
        conf = ctypes.c_void_p(rd.rd_kafka_conf_new())
        self._client = ctypes.c_void_p(rd.rd_kafka_new(PRODUCER, conf, said, 256))
        self._cluster = ctypes.c_void_p(rd.rd_kafka_mock_cluster_new(self._client, 1))
        rd.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, 0)
        self.address: str = rd.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()
        self.producer = Producer({"bootstrap.servers": self.address, "log_level": 0})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.producer.purge()
        rd.rd_kafka_mock_cluster_destroy(self._cluster)
        rd.rd_kafka_destroy(self._client)

    def topic(self, name: str, partitions: int = 2) -> str:
        rd.rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, 1)
        return name

    def put(
        self, topic: str, *values: bytes, headers: dict[str, str | bytes | None] | None = None, partition: int = 0
    ) -> None:
        """Write records, and wait until the broker has them."""
        for value in values:
            self.producer.produce(topic, value, headers=headers or {}, partition=partition, timestamp=AT)
        assert self.producer.flush(10) == 0

    def down(self) -> None:
        """Nobody reaches it any more."""
        rd.rd_kafka_mock_broker_set_down(self._cluster, 1)

    def up(self) -> None:
        rd.rd_kafka_mock_broker_set_up(self._cluster, 1)
