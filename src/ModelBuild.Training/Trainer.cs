using ModelBuild.Compiler;
using ModelBuild.Compiler.Files;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Names;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Training.Networks;
using TorchSharp;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>
/// Trains an ONNX model on LibTorch and writes it as an ONNX model again: as it is, pruned by a schedule, with the codes of a quantized
/// mode, or after the example of another model. What is not said about labels and losses follows from the data. Not for several threads at
/// once.
/// </summary>
public sealed class Trainer : IDisposable
{
    /// <summary>Samples that choose ranges for codes.</summary>
    private const int CalibrationSamples = 512;

    private readonly TrainingOptions _options;
    private readonly string _path;
    private readonly ImportedModel _model;
    private readonly List<LossTerm> _losses = [];
    private readonly List<Teacher> _teachers = [];
    private readonly List<(PruningSchedule Schedule, PruningOptions Options)> _schedules = [];

    /// <summary>Whether activations of the model had codes when it was read.</summary>
    private readonly bool _isQuantized;
    private Network _network;
    private QuantizedTraining? _quantized;
    private ModelMode? _wantedMode;
    private IReadOnlyDictionary<string, WeightLayout> _layouts;
    private Checkpoint? _resumed;

    /// <summary>Reads a model.</summary>
    /// <param name="modelPath">The ONNX file; it is not changed.</param>
    /// <param name="options">How to train; null for what is usual.</param>
    /// <exception cref="CompilationException">
    /// MODELB0001 and 1001 to 1007: the file cannot be read; MODELB4017: an option does not fit; MODELB4018: LibTorch cannot be loaded.
    /// </exception>
    public Trainer(string modelPath, TrainingOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        _options = options ?? new TrainingOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.Epochs, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.BatchSize, 1, nameof(options));
        LibTorch.Load();
        _path = modelPath;
        _model = OnnxImporter.Open(modelPath);
        try
        {
            _isQuantized = ArrivedCodes.Has(_model.Graph);
            IReadOnlyDictionary<(Node, int), (string, Compiler.Graphs.Tensor)>? numbers = null;
            if (_isQuantized)
            {
                numbers = ArrivedCodes.Separate(_model.Graph);
            }
            else
            {
                ArrivedCodes.Open(_model.Graph);
            }

            _network = new Network(_model.Graph, IsTrained, Device);
            _quantized = numbers is null ? null : new QuantizedTraining(_network, numbers, IsTrained, isArrived: true);
            CheckNames(_options.Freeze, nameof(TrainingOptions.Freeze));
            _layouts = Layouts(_isQuantized ? ArrivedCodes.InFloat(_model.Graph) : _model.Graph, []);
        }
        catch
        {
            _model.Dispose();
            throw;
        }
    }

    private torch.Device Device => _options.Device ?? torch.CPU;

    /// <summary>Names of all weights, in the order in which the model reads them.</summary>
    public IReadOnlyList<string> Weights => [.. _network.Trained.Select(t => t.Name)];

    /// <summary>A copy of a weight as it is now, on the processor; the caller disposes of it.</summary>
    /// <param name="name">One of <see cref="Weights"/>.</param>
    /// <exception cref="CompilationException">MODELB4017: there is no such weight.</exception>
    public Tensor Weight(string name)
    {
        TrainedTensor trained = _network.Trained.Find(t => t.Name == name)
            ?? throw new CompilationException(DiagnosticCodes.TrainingOption,
                $"The model has no weight '{name}'. Trainer.Weights lists them."
                    + Suggestion.For(name, _network.Trained.Select(t => t.Name)), _path);
        return trained.Parameter.detach().cpu().clone();
    }

    /// <summary>Part of the weights of products, convolutions and recurrent layers that is zero, 0 to 1.</summary>
    public double Sparsity
    {
        get
        {
            using DisposeScope scope = torch.NewDisposeScope();
            long all = 0;
            long zeros = 0;
            foreach (TrainedTensor trained in _network.Trained.Where(t => _layouts.ContainsKey(t.Name)))
            {
                all += trained.Parameter.numel();
                zeros += trained.Parameter.detach().eq(Scalars.Of(0)).sum().item<long>();
            }

            return all == 0 ? 0 : zeros / (double)all;
        }
    }

    /// <summary>
    /// Makes weights of products, convolutions and recurrent layers zero in the next <see cref="FitAsync"/>, the smallest, and keeps them
    /// so from then on. May be called several times, for other weights each time.
    /// </summary>
    /// <param name="schedule">When, and how many.</param>
    /// <param name="pattern">Which together; null for each by itself.</param>
    /// <param name="exclude">
    /// Names of nodes, of tensors that they make or of weights, that stay as they are, with <c>*</c> and <c>?</c>; null for none.
    /// </param>
    /// <param name="scope">
    /// Whether each layer reaches the sparsity by itself, or all of them together, where small layers keep more than large ones; null for
    /// what costs least: all together, but for two of four, of which each layer has its own.
    /// </param>
    /// <exception cref="CompilationException">
    /// MODELB4017: the pattern removes whole channels, which the compiler does without training, or a name is none of the model's.
    /// </exception>
    public void Prune(
        PruningSchedule schedule, SparsityPattern? pattern = null, IReadOnlyList<string>? exclude = null, PruningScope? scope = null)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        pattern ??= SparsityPattern.Unstructured;
        if (pattern.Kind == SparsityKind.Channels || schedule.FinalSparsity > pattern.LargestSparsity)
        {
            throw new CompilationException(
                DiagnosticCodes.TrainingOption,
                pattern.Kind == SparsityKind.Channels
                    ? "Whole channels are removed before training, and change the model: prune the file (modelbuild prune --pattern "
                        + "channels), then train what is left."
                    : $"The pattern {pattern.Word} makes {pattern.LargestSparsity:P0} zero at most, and the schedule wants "
                        + $"{schedule.FinalSparsity:P0}. Ask for less, or for another pattern.");
        }

        string[] names =
            [.. FloatParts.Names(_model.Graph), .. _network.Trained.Select(t => t.Name), .. _model.Graph.Values().Select(v => v.Name)];
        if (NamePattern.FindUnused(exclude ?? [], names) is { } unused)
        {
            throw new CompilationException(
                DiagnosticCodes.TrainingOption,
                $"'{unused}' is to stay as it is, and names no node of the model, no tensor and no weight. Trainer.Weights lists weights."
                    + Suggestion.For(unused, names), _path);
        }

        scope ??= pattern.Kind == SparsityKind.TwoOfFour ? PruningScope.Layer : PruningScope.Global;
        _schedules.Add((schedule, new PruningOptions { Pattern = pattern, Exclude = exclude ?? [], Scope = scope }));
    }

    /// <summary>
    /// Trains with the rounding of a quantized mode from the next <see cref="FitAsync"/> on: normalizations are folded and codes inserted
    /// as in deployment, ranges are chosen from the training data and then learnt, and gradients pass roundings straight through. <see
    /// cref="Save"/> then writes the codes.
    /// </summary>
    /// <param name="mode">
    /// <see cref="ModelMode.Int8"/>, or <see cref="ModelMode.Int8Weights"/> or <see cref="ModelMode.Int4Weights"/> for weights alone.
    /// </param>
    /// <exception cref="CompilationException">
    /// MODELB4017: there is no such training for the mode, or the model has codes already, which are trained as they are.
    /// </exception>
    public void QuantizeAware(ModelMode mode)
    {
        RefuseCodes("QuantizeAware gives codes to a float model: leave the call out, and its own are trained and saved. For other codes, "
            + "train the float model that it was made of.");
        if (!QuantizedGraphBuilder.Knows(mode))
        {
            throw new CompilationException(
                DiagnosticCodes.TrainingOption,
                $"Mode {mode} has no codes that are known while training. Use Int8, Int8Weights or Int4Weights.");
        }

        _wantedMode = mode;
    }

    /// <summary>Adds cross entropy with labels to the loss.</summary>
    /// <param name="output">
    /// The output that the labels are for; null for the first. Where it comes from a Softmax, the loss is computed of what goes into it;
    /// otherwise the output is taken as logits.
    /// </param>
    /// <param name="smoothing">Part of the probability that goes to all classes alike, 0 to below 1.</param>
    /// <param name="weight">What it counts beside others.</param>
    /// <exception cref="CompilationException">MODELB4017: there is no such output.</exception>
    public void CrossEntropy(string? output = null, double smoothing = 0, double weight = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(smoothing);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(smoothing, 1);
        string name = Output(output);
        _losses.Add(new LossTerm(batch => CrossEntropyOf(batch, name, smoothing), weight));
    }

    /// <summary>Adds the mean squared difference of an output and the targets to the loss.</summary>
    /// <param name="output">The output that the targets are for; null for the first.</param>
    /// <param name="weight">What it counts beside others.</param>
    /// <exception cref="CompilationException">MODELB4017: there is no such output.</exception>
    public void MeanSquaredError(string? output = null, double weight = 1)
    {
        string name = Output(output);
        _losses.Add(new LossTerm(batch => MeanSquaredErrorOf(batch, name), weight));
    }

    /// <summary>
    /// Adds the difference to what another model says to the loss: that of the distributions at a temperature where outputs are classes,
    /// else the mean squared one. Needs no labels.
    /// </summary>
    /// <param name="teacher">
    /// An ONNX file that takes the same inputs and gives the same outputs; null for the model itself as it was read.
    /// </param>
    /// <param name="temperature">Above 0; more shows more of what the teacher thinks of wrong classes.</param>
    /// <param name="weight">What it counts beside others.</param>
    /// <param name="between">
    /// Names of tensors between inputs and outputs, of the model and of the teacher, that are to be alike too; null for none.
    /// </param>
    /// <exception cref="CompilationException">
    /// MODELB4017: the teacher does not fit, or has no such tensor; those of reading a file.
    /// </exception>
    public void Distill(
        string? teacher = null, double temperature = 4, double weight = 1, IReadOnlyList<(string Student, string Teacher)>? between = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        var model = new Teacher(teacher ?? _path, _model.Graph, temperature, between ?? [], Device);
        _teachers.Add(model);
        _losses.Add(new LossTerm(model.Loss, weight) { Between = [.. (between ?? []).Select(b => b.Student)] });
    }

    /// <summary>Adds anything that LibTorch computes to the loss.</summary>
    /// <param name="loss">From a batch to a scalar with gradients.</param>
    /// <param name="weight">What it counts beside others.</param>
    public void Minimize(Func<TrainingBatch, Tensor> loss, double weight = 1)
    {
        ArgumentNullException.ThrowIfNull(loss);
        _losses.Add(new LossTerm(loss, weight));
    }

    /// <summary>
    /// Forgets what the model has learnt: weights begin anew with random numbers of the size that suits their number of inputs, biases with
    /// zero, normalizations with one and zero.
    /// </summary>
    /// <exception cref="CompilationException">MODELB4017: the model has codes, whose scales are those of what it has learnt.</exception>
    public void Reinitialize()
    {
        RefuseCodes("Its scales are those of what it has learnt, and fit no random weights: begin anew with the float model that it was "
            + "made of, and call QuantizeAware when that is trained.");
        RandomWeights.Set(_network, _layouts, _options.Seed);
    }

    /// <summary>Goes on from a checkpoint in the next <see cref="FitAsync"/>, which gets the same data.</summary>
    /// <param name="path">A file that training has written (<see cref="TrainingOptions.CheckpointPath"/>).</param>
    /// <exception cref="CompilationException">MODELB4016: it cannot be read, or is damaged.</exception>
    public void Resume(string path)
    {
        _resumed?.Dispose();
        _resumed = Checkpoint.Read(path);
    }

    /// <summary>Trains.</summary>
    /// <param name="data">Samples to learn from.</param>
    /// <param name="validation">Samples that show after each epoch how good the model is; null for none.</param>
    /// <param name="progress">Told about ten times an epoch and at its end.</param>
    /// <param name="cancellation">
    /// Ends training after the current step. The trainer keeps what was learnt until then, and the checkpoint is written.
    /// </param>
    /// <returns>When training has ended.</returns>
    /// <exception cref="CompilationException">
    /// MODELB0018 or 4011 to 4017: what is wrong with data, schedules or files, or the loss.
    /// </exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    public Task<TrainingResult> FitAsync(
        TrainingData data, TrainingData? validation = null, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return Task.Factory.StartNew(
            () => Fit(data, validation, progress, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    /// <summary>How good the model is, with what the loss is.</summary>
    /// <param name="data">Samples that it is shown.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CompilationException">MODELB4011 to 4013: the data does not fit.</exception>
    public Evaluation Evaluate(TrainingData data, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        using LoadedData samples = data.Load(_model.Graph);
        return new EpochRunner(_network, _options, Losses(samples)).Evaluate(samples, cancellation);
    }

    /// <summary>
    /// Writes the model: the file is whole or not there. With <see cref="QuantizeAware"/> it has QuantizeLinear and DequantizeLinear nodes
    /// and computes what training has computed, in any runtime and in a build.
    /// </summary>
    /// <param name="path">The ONNX file to write.</param>
    /// <exception cref="CompilationException">MODELB0018: it cannot be written; MODELB4014: a weight is no finite number.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        WriteBack();
        foreach (TrainedTensor trained in _network.Trained.Where(t => !t.Value.Constant!.IsFinite()))
        {
            throw new CompilationException(DiagnosticCodes.TrainingDiverged,
                $"Weight '{trained.Name}' has NaN or infinity after training. Train again with a smaller learning rate.", _path);
        }

        OutputFile.Write(path, stream => OnnxExporter.ToMessage(_network.Graph).WriteTo(stream));
    }

    /// <summary>Lets go of LibTorch's memory and of the model file.</summary>
    public void Dispose()
    {
        _resumed?.Dispose();
        _teachers.ForEach(t => t.Dispose());
        _quantized?.Dispose();
        _network.Dispose();
        _model.Dispose();
    }

    /// <summary>How many samples teachers were asked about.</summary>
    internal long SamplesTaught => _teachers.Sum(t => t.Asked);

    /// <summary>What the model computes, without gradients.</summary>
    internal IReadOnlyDictionary<string, float[]> Outputs(IReadOnlyDictionary<string, Compiler.Graphs.Tensor> inputs)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGradients = torch.no_grad();
        return _network.Run(inputs.ToDictionary(i => i.Key, i => TorchTensors.ToTorch(i.Value)), isTraining: false)
            .ToDictionary(o => o.Key.Name, o => TorchTensors.ToCompiler(o.Value).ToFloats(), StringComparer.Ordinal);
    }

    private TrainingResult Fit(
        TrainingData data, TrainingData? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.manual_seed(_options.Seed);
        using LoadedData samples = data.Load(_model.Graph);
        using LoadedData? shown = validation?.Load(_model.Graph);
        Quantize(samples, cancellation);
        if (_options.KeepZeros)
        {
            KeepZeros();
        }

        if (_options.KeepClusters)
        {
            TrainerClusters.Keep(_network, _path);
        }

        if (_options.EarlyStopping is not null && shown is null)
        {
            throw new CompilationException(
                DiagnosticCodes.TrainingOption, "EarlyStopping looks at validation data, and there is none. Give some to FitAsync.");
        }

        var runner = new EpochRunner(_network, _options, Losses(samples));
        using var fit = new Fitting(_network, _quantized, _options, runner, Masks(samples.Count));
        Checkpoint? from = _resumed;
        _resumed = null;
        try
        {
            if (_options.Epochs > 1 && _options.Augment is null)
            {
                _teachers.ForEach(t => t.Remember(samples, _options.BatchSize, Device, cancellation));
            }

            TrainingResult result = fit.Run(samples, shown, from, () => Sparsity, progress, cancellation);

            // What they made zero stays so; in the next training they would begin anew, with fewer zeros.
            _schedules.Clear();
            return result;
        }
        finally
        {
            from?.Dispose();
            _teachers.ForEach(t => t.Forget());
        }
    }

    /// <summary>Puts the graph of the mode in the place of the float graph, with the weights as they are now.</summary>
    private void Quantize(LoadedData samples, CancellationToken cancellation)
    {
        if (_wantedMode is not { } mode || _quantized is not null)
        {
            return;
        }

        WriteBack();
        bool keepsZeros = _options.KeepZeros || _network.Trained.Exists(t => t.Mask is not null);
        Graph folded = QuantizedGraphBuilder.Fold(_network.Graph, _path, cancellation);
        _layouts = Layouts(folded, []);
        int count = Math.Min(CalibrationSamples, samples.Count);
        QuantizedGraphBuilder.Result built = QuantizedGraphBuilder.Build(
            folded, mode, _path, CalibrationInputs.Of(samples, _model.Graph, count), cancellation);
        _network.Dispose();
        _network = new Network(built.Graph, IsTrained, Device);
        _quantized = new QuantizedTraining(_network, built.Floats, IsTrained);
        if (keepsZeros)
        {
            KeepZeros();
        }
    }

    private void KeepZeros()
    {
        foreach (TrainedTensor trained in _network.Trained.Where(t => _layouts.ContainsKey(t.Name)))
        {
            trained.SetMask(trained.Parameter.detach().ne(Scalars.Of(0)).to(torch.ScalarType.Float32));
        }
    }

    private void WriteBack()
    {
        _network.WriteBack();
        _quantized?.WriteBack();
    }

    private IReadOnlyList<LossTerm> Losses(LoadedData samples) => _losses.Count > 0 ? _losses
        : samples.Labels is not null ? [new LossTerm(batch => CrossEntropyOf(batch, Output(null), 0), 1)]
        : samples.Targets is not null ? [new LossTerm(batch => MeanSquaredErrorOf(batch, Output(null)), 1)]
        : throw new CompilationException(
            DiagnosticCodes.TrainingTargets,
            "The samples have neither labels nor targets, and nothing says what to learn from them. Give labels, or call Distill, which "
                + "needs none, or Minimize.");

    private IReadOnlyList<MaskUpdate> Masks(int samples)
    {
        long steps = _options.Epochs * (long)((samples + _options.BatchSize - 1) / _options.BatchSize);
        var all = new List<MaskUpdate>();
        foreach ((PruningSchedule schedule, PruningOptions options) in _schedules)
        {
            if (Math.Max(schedule.BeginStep, schedule.EndStep) >= steps)
            {
                throw new CompilationException(
                    DiagnosticCodes.TrainingSchedule,
                    $"The schedule prunes up to step {Math.Max(schedule.BeginStep, schedule.EndStep)}, and {_options.Epochs} epochs of "
                        + $"{samples} "
                        + $"samples in batches of {_options.BatchSize} are {steps} steps, counted from 0. End it earlier, or train for "
                        + "more epochs.");
            }

            IReadOnlyDictionary<string, WeightLayout> layouts = Layouts(options);
            all.Add(new MaskUpdate(
                schedule, options.Pattern, options.Scope ?? PruningScope.Global,
                [.. _network.Trained.Where(t => layouts.ContainsKey(t.Name)).Select(t => (t, layouts[t.Name]))]));
        }

        return all;
    }

    /// <summary>What can be pruned: found in the float graph, since codes hide weights.</summary>
    private IReadOnlyDictionary<string, WeightLayout> Layouts(PruningOptions options)
    {
        Graph graph = _isQuantized ? ArrivedCodes.InFloat(_network.Graph)
            : _quantized is null ? _network.Graph : QuantizedGraphBuilder.Fold(_model.Graph, _path, CancellationToken.None);
        PrunableWeight[] all = [.. PrunableWeights.Find(graph, options)];
        return all.Where(w => w.Reason is null).ToDictionary(w => w.Value.Name, w => w.Layout, StringComparer.Ordinal);
    }

    private static IReadOnlyDictionary<string, WeightLayout> Layouts(Graph graph, IReadOnlyList<string> exclude) =>
        PrunableWeights.Find(graph, new PruningOptions { Exclude = exclude })
            .ToDictionary(w => w.Value.Name, w => w.Layout, StringComparer.Ordinal);

    private bool IsTrained(string name) => !_options.Freeze.Any(pattern => NamePattern.Matches(pattern, name));

    private void RefuseCodes(string wayOut)
    {
        if (_isQuantized)
        {
            throw new CompilationException(DiagnosticCodes.TrainingOption, $"The model arrived quantized. {wayOut}", _path);
        }
    }

    private void CheckNames(IReadOnlyList<string> patterns, string option)
    {
        foreach (string pattern in patterns.Where(p => !_network.Trained.Exists(t => NamePattern.Matches(p, t.Name))))
        {
            throw new CompilationException(DiagnosticCodes.TrainingOption,
                $"{option} names '{pattern}', and the model has no such weight. Trainer.Weights lists them."
                    + Suggestion.For(pattern, _network.Trained.Select(t => t.Name)), _path);
        }
    }

    private string Output(string? name)
    {
        string[] names = [.. _model.Graph.Outputs.Select(o => o.Name)];
        return name is null ? names[0] : names.Contains(name, StringComparer.Ordinal) ? name
            : throw new CompilationException(DiagnosticCodes.TrainingOption,
                $"The model has no output '{name}'. It has '{string.Join("', '", names)}'.{Suggestion.For(name, names)}", _path);
    }

    private Tensor CrossEntropyOf(TrainingBatch batch, string name, double smoothing)
    {
        Tensor labels = batch.Labels ?? throw new CompilationException(DiagnosticCodes.TrainingTargets,
            "Cross entropy compares with labels, and the data has none. Give some, or call Distill, which needs none.");
        Logits logits = Logits.Of(_network.Graph.Outputs.First(o => o.Name == name));
        logits.Check(batch.Logits[name], labels);
        return logits.CrossEntropy(batch.Logits[name], labels, smoothing);
    }

    private static Tensor MeanSquaredErrorOf(TrainingBatch batch, string name)
    {
        Tensor targets = batch.Targets ?? throw new CompilationException(DiagnosticCodes.TrainingTargets,
            "The mean squared error compares with targets, and the data has none. Give some (TrainingSample.Target).");
        Tensor output = batch.Outputs[name];
        return output.numel() == targets.numel() ? functional.mse_loss(output.reshape(targets.shape), targets)
            : throw new CompilationException(DiagnosticCodes.TrainingTargets,
                $"Output '{name}' has {output.numel()} elements for {targets.shape[0]} samples, and the targets have {targets.numel()}. "
                    + "Give a target for each element of the output.");
    }
}
