package main

import (
	"context"
	"math"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"roadmapbot/bot"
	"roadmapbot/bot/nudge"
	"roadmapbot/store"
)

// metrics counts what the service does. No label names a person or a workspace.
type metrics struct {
	registry   *prometheus.Registry
	events     *prometheus.CounterVec
	seconds    *prometheus.HistogramVec
	due        prometheus.Counter
	sent       *prometheus.CounterVec
	expired    *prometheus.CounterVec
	unsure     prometheus.Counter
	reconciled *prometheus.CounterVec
	late       prometheus.Histogram
	step       prometheus.Gauge
}

func newMetrics() *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "bot", Name: name, Help: help})
	}
	vec := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "bot", Name: name, Help: help}, labels)
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		events:   vec("events_total", "Requests answered.", "platform"),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "bot", Name: "event_ack_seconds",
			Help: "Time to answer a request.", Buckets: []float64{.001, .005, .01, .05, .1, .5, 1, 2, 3}}, []string{"platform"}),
		due:        counter("nudges_due_total", "Nudges that fell due and were claimed."),
		sent:       vec("nudges_sent_total", "Nudges that a platform confirmed.", "platform"),
		expired:    vec("nudges_expired_total", "Nudges that could not be delivered in time; alert on any.", "reason"),
		unsure:     counter("nudges_unsure_total", "Attempts that ended without an answer."),
		reconciled: vec("nudges_reconciled_total", "Doubts settled by looking the message up.", "found"),
		late: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "bot", Name: "nudge_lateness_seconds",
			Help: "From the due instant to the platform's confirmation.", Buckets: []float64{1, 2, 5, 15, 60, 120, 360, 900, 3600, 6 * 3600}}),
		step: prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "bot", Name: "clock_step_seconds", Help: "Size of the last step of the clock backwards."}),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "bot", Name: "build_info", Help: "Always 1.", ConstLabels: prometheus.Labels{"version": version()}})
	info.Set(1)
	// At 0 from the start: increase() in Prometheus misses the first of a series
	// that begins at 1.
	for _, reason := range nudge.Reasons() {
		m.expired.WithLabelValues(reason)
	}
	for _, found := range []string{"yes", "no"} {
		m.reconciled.WithLabelValues(found)
	}
	m.registry.MustRegister(m.events, m.seconds, m.due, m.sent, m.expired, m.unsure, m.reconciled, m.late, m.step, info,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// watch adds what is read when asked for.
func (m *metrics) watch(h *health, st *store.Store, b *bot.Bot, copies backup) {
	gauge := func(name, help string, read func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "bot", Name: name, Help: help}, read))
	}
	// Each by itself: if there is no time to count everybody, the age is known all the same.
	within := func(read func(ctx context.Context) (float64, error)) func() float64 {
		return func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			v, err := read(ctx)
			if err != nil {
				return math.NaN()
			}
			return v
		}
	}
	gauge("outbox_depth", "Learners for whom a message or an edit is due.", within(func(ctx context.Context) (float64, error) {
		learners, err := h.nudger.Waiting(ctx)
		return float64(learners), err
	}))
	gauge("outbox_oldest_age_seconds", "For how long one of the first hundred of them has waited; alert above 900.", within(func(ctx context.Context) (float64, error) {
		longest, err := h.nudger.Oldest(ctx)
		return longest.Seconds(), err
	}))
	m.watchPanics("core", b.Panics)
	for _, a := range h.adapters {
		m.watchAdapter(a)
	}
	gauge("scheduler_last_tick_timestamp_seconds", "When the nudges were last looked at.", func() float64 { return float64(h.nudger.Ticked().Unix()) })
	gauge("store_size_bytes", "Size of the database file.", func() float64 {
		info, err := os.Stat(st.Path())
		if err != nil {
			return 0
		}
		return float64(info.Size())
	})
	if copies.path != "" {
		gauge("backup_timestamp_seconds", "When the copy of the database was made, 0 if there is none; alert if that is two days ago.", func() float64 {
			return float64(max(copies.made().Unix(), 0))
		})
	}
	gauge("ready", "1 if /readyz says ok.", func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if h.ready(ctx) != nil {
			return 0
		}
		return 1
	})
}

// busy is an adapter that counts its traffic.
type busy interface{ Traffic() bot.Traffic }

// failing is an adapter that counts the answers that did not get through.
type failing interface{ Failed() uint64 }

func (m *metrics) watchAdapter(a bot.Adapter) {
	name := a.Platform().Name
	m.events.WithLabelValues(name)
	m.seconds.WithLabelValues(name)
	m.sent.WithLabelValues(name)
	labels := prometheus.Labels{"platform": name}
	gauge := func(name, help string, read func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "bot", Name: name, Help: help, ConstLabels: labels}, read))
	}
	counter := func(name, help string, read func() uint64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: "bot", Name: name, Help: help, ConstLabels: labels},
			func() float64 { return float64(read()) }))
	}
	if one, ok := a.(healthy); ok {
		gauge("gateway_connected", "1 if the platform can be heard.", func() float64 {
			if one.Health() != nil {
				return 0
			}
			return 1
		})
	}
	if one, ok := a.(busy); ok {
		gauge("gateway_last_event_timestamp_seconds", "When a person's request last came in; 0 if none has.", func() float64 {
			if at := one.Traffic().LastEvent; !at.IsZero() {
				return float64(at.Unix())
			}
			return 0
		})
		counter("gateway_reconnects_total", "Connections after the first.", func() uint64 { return max(one.Traffic().Connections, 1) - 1 })
		counter("event_duplicates_total", "Deliveries of what had come before.", func() uint64 { return one.Traffic().Duplicates })
		m.watchPanics(name, func() uint64 { return one.Traffic().Panics })
	}
	if one, ok := a.(failing); ok {
		counter("answers_failed_total", "Answers that the platform did not take.", one.Failed)
	}
}

func (m *metrics) watchPanics(in string, read func() uint64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: "bot", Name: "panics_total",
		Help: "Panics while handling a request; alert on any.", ConstLabels: prometheus.Labels{"in": in}}, func() float64 { return float64(read()) }))
}

// handler counts and times what passes through.
func (m *metrics) handler(platform string, next bot.Handler) bot.Handler {
	return func(ctx context.Context, req bot.Request) bot.Reply {
		began := time.Now()
		defer func() {
			m.events.WithLabelValues(platform).Inc()
			m.seconds.WithLabelValues(platform).Observe(time.Since(began).Seconds())
		}()
		return next(ctx, req)
	}
}

// The methods of [nudge.Observer].

func (m *metrics) Due(n int) { m.due.Add(float64(n)) }

func (m *metrics) Sent(platform string, late time.Duration) {
	m.sent.WithLabelValues(platform).Inc()
	m.late.Observe(late.Seconds())
}

func (m *metrics) Expired(reason string) { m.expired.WithLabelValues(reason).Inc() }
func (m *metrics) Unsure()               { m.unsure.Inc() }

func (m *metrics) Reconciled(found bool) {
	label := "no"
	if found {
		label = "yes"
	}
	m.reconciled.WithLabelValues(label).Inc()
}

func (m *metrics) Step(by time.Duration) { m.step.Set(by.Seconds()) }
