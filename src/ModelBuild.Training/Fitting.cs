using System.Diagnostics;
using ModelBuild.Compiler;
using ModelBuild.Training.Networks;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>One training from its first step to its last.</summary>
internal sealed class Fitting : IDisposable
{
    private const int ReportsPerEpoch = 10;

    private readonly Network _network;
    private readonly QuantizedTraining? _quantized;
    private readonly TrainingOptions _options;
    private readonly EpochRunner _runner;
    private readonly IReadOnlyList<MaskUpdate> _masks;
    private readonly LearnedTensor[] _learned;
    private readonly Optimizer _optimizer;
    private Checkpoint? _best;

    public Fitting(
        Network network, QuantizedTraining? quantized, TrainingOptions options, EpochRunner runner, IReadOnlyList<MaskUpdate> masks)
    {
        _network = network;
        _quantized = quantized;
        _options = options;
        _runner = runner;
        _masks = masks;
        _learned =
        [
            .. network.Trained.Where(t => t.Parameter.requires_grad)
                .Select(t => new LearnedTensor(t.Name, t.Parameter, IsDecayed: t.Parameter.dim() > 1)),
            .. quantized?.Learned ?? [],
        ];
        _optimizer = options.Optimizer.Create();
    }

    /// <summary>Trains, from a checkpoint where there is one.</summary>
    public TrainingResult Run(
        LoadedData samples, LoadedData? validation, Checkpoint? from, Func<double> sparsity, IProgress<TrainingProgress>? progress,
        CancellationToken cancellation)
    {
        if (_learned.Length == 0)
        {
            throw new CompilationException(
                DiagnosticCodes.NotTrainable, "The model has no weight that can be trained. Look at Freeze, or at Trainer.Weights.");
        }

        int perEpoch = (samples.Count + _options.BatchSize - 1) / _options.BatchSize;
        long steps = (long)perEpoch * _options.Epochs;
        long step = from is null ? 0 : Restore(from, steps);
        long first = step;
        (double best, int waited) = (from?.BestScore ?? double.NegativeInfinity, from?.EpochsWaited ?? 0);
        var clock = Stopwatch.StartNew();
        double loss = double.NaN;
        Evaluation? shown = null;
        int epoch = (int)(step / perEpoch);
        for (; epoch < _options.Epochs; epoch++)
        {
            long[] order = Order(samples.Count, epoch);
            double sum = 0;
            int counted = 0;
            (double recent, int steps) report = (0, 0);
            for (int i = (int)(step - ((long)epoch * perEpoch)); i < perEpoch; i++)
            {
                if (cancellation.IsCancellationRequested)
                {
                    Save(step, best, waited);
                    cancellation.ThrowIfCancellationRequested();
                }

                ReadOnlySpan<long> indices = order.AsSpan(
                    i * _options.BatchSize, Math.Min(_options.BatchSize, samples.Count - (i * _options.BatchSize)));
                double rate = _options.Optimizer.LearningRate * _options.Schedule.At(step, steps);
                double now = Step(samples, indices, step, rate);
                step++;
                sum += now;
                counted++;
                report = (report.recent + now, report.steps + 1);
                bool isLast = i == perEpoch - 1;
                if (progress is not null && !isLast && (i + 1) % Math.Max(1, perEpoch / ReportsPerEpoch) == 0)
                {
                    progress.Report(Progress(report.recent / report.steps, rate, null));
                    report = (0, 0);
                }

                if (isLast)
                {
                    loss = sum / counted;
                    shown = validation is null ? null : _runner.Evaluate(validation, cancellation);
                    progress?.Report(Progress(report.recent / report.steps, rate, shown));
                }
            }

            if (_options.EarlyStopping is { } stopping && shown is not null && step > _masks.Select(m => (long)m.Schedule.EndStep)
                .DefaultIfEmpty(-1).Max())
            {
                if (shown.Score > best + stopping.LeastGain || double.IsNegativeInfinity(best))
                {
                    (best, waited) = (shown.Score, 0);
                    _best?.Dispose();
                    _best = Take(step, best, waited);
                }
                else if (++waited >= stopping.Patience)
                {
                    Save(step, best, waited);
                    epoch++;
                    break;
                }
            }

            Save(step, best, waited);
        }

        if (_best is not null)
        {
            Restore(_best, steps);
            shown = _runner.Evaluate(validation!, cancellation);
        }

        return new TrainingResult { Epochs = epoch, Steps = step, Loss = loss, Validation = shown, Sparsity = sparsity() };

        TrainingProgress Progress(double mean, double rate, Evaluation? evaluation) => new()
        {
            Epoch = epoch + 1,
            Epochs = _options.Epochs,
            Step = step,
            Steps = steps,
            Loss = mean,
            LearningRate = rate,
            Sparsity = sparsity(),
            TimeLeft = clock.Elapsed * ((steps - step) / (double)(step - first)),
            Validation = evaluation,
        };
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _best?.Dispose();
    }

    private double Step(LoadedData samples, ReadOnlySpan<long> indices, long step, double rate)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        foreach (MaskUpdate mask in _masks)
        {
            mask.Before(step);
        }

        TrainingBatch batch = samples.Batch(indices, _network.Device);
        if (_options.Augment is { } augment)
        {
            batch = new TrainingBatch(augment(batch.Inputs, SeedOf(step)), batch.Labels, batch.Targets);
        }

        Tensor loss = _runner.Loss(batch, isTraining: true);
        if (!loss.requires_grad)
        {
            throw new CompilationException(
                DiagnosticCodes.NotTrainable,
                "The loss does not depend on any weight that is trained, so that there is nothing to learn. Look at Freeze, and at the "
                    + "loss.");
        }

        double number = loss.detach().to(torch.ScalarType.Float64).item<double>();
        if (!double.IsFinite(number))
        {
            throw new CompilationException(
                DiagnosticCodes.TrainingDiverged,
                $"The loss is {number} at step {step}, so that nothing more can be learnt. Train with a smaller learning rate than "
                    + $"{rate:G3}, with MaxGradientNorm = 1, or with a warm-up, and look for samples that are no finite numbers.");
        }

        foreach (LearnedTensor learned in _learned)
        {
            learned.Parameter.grad?.zero_();
        }

        loss.backward();
        _network.Trained.ForEach(t => t.Clusters?.TieGradients());
        Clip();
        _optimizer.Step(_learned, rate);
        _quantized?.Bound();
        _network.Trained.ForEach(t => t.Clusters?.TieWeights());
        _network.Trained.ForEach(t => t.ApplyMask());
        return number;
    }

    /// <summary>Makes all gradients together no longer than they may be.</summary>
    private void Clip()
    {
        if (!(_options.MaxGradientNorm > 0))
        {
            return;
        }

        Tensor[] gradients = [.. _learned.Select(l => l.Parameter.grad).OfType<Tensor>()];
        double norm = Math.Sqrt(gradients.Sum(g => (g * g).sum().item<float>()));
        if (norm > _options.MaxGradientNorm)
        {
            using (torch.no_grad())
            {
                using Scalar factor = Scalars.Passing(_options.MaxGradientNorm / norm);
                Array.ForEach(gradients, g => g.mul_(factor));
            }
        }
    }

    /// <summary>The order of the samples in an epoch: it depends on seed and epoch alone, so that a checkpoint need not hold it.</summary>
    private long[] Order(int count, int epoch)
    {
        long[] order = [.. Enumerable.Range(0, count).Select(i => (long)i)];
        new Random(SeedOf(epoch)).Shuffle(order);
        return order;
    }

    /// <summary>A seed of its own for each number.</summary>
    private int SeedOf(long number) => unchecked(
        (int)(((((ulong)_options.Seed * 0x9E3779B97F4A7C15uL) + (ulong)number) * 0xBF58476D1CE4E5B9uL) >> 33));

    private void Save(long step, double best, int waited)
    {
        if (_options.CheckpointPath is { } path)
        {
            using Checkpoint checkpoint = Take(step, best, waited);
            checkpoint.Write(path);
        }
    }

    private Checkpoint Take(long step, double best, int waited) =>
        Checkpoint.Take(_network, _learned, _optimizer) with { Step = step, BestScore = best, EpochsWaited = waited };

    private long Restore(Checkpoint checkpoint, long steps)
    {
        checkpoint.Restore(_network, _learned, _optimizer);
        return checkpoint.Step <= steps ? checkpoint.Step : throw new CompilationException(
            DiagnosticCodes.TrainingCheckpoint,
            $"The checkpoint was written after {checkpoint.Step} steps, and this training has {steps}. Resume with the same data, batch "
                + "size and at least as many epochs.");
    }
}
