using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Names;

namespace ModelBuild.Compiler.Calibration;

/// <summary>
/// The samples that int8 calibration looks at. Files are checked against the model's inputs when the data is opened, and read one
/// sample at a time when it is used, so that a large set costs no memory.
/// </summary>
/// <remarks>
/// What a file is, its name tells (<see cref="SampleGroup"/>).
/// An array file gives every input an array <c>[N, …]</c> of N samples along the batch axis, or one sample without that axis. A .npz file
/// names its arrays as the model names its inputs (<c>in_NAME</c> is understood too); where the model has one input, a single array may
/// have any name, and .npy files will do. An array with one sample serves all samples of its file.
/// </remarks>
internal sealed class CalibrationData
{
    private readonly IReadOnlyList<SampleGroup> _groups;
    private readonly IReadOnlyList<Value> _inputs;
    private readonly ImagePreprocessing? _preprocessing;

    private CalibrationData(IReadOnlyList<SampleGroup> groups, IReadOnlyList<Value> inputs, ImagePreprocessing? preprocessing)
    {
        _groups = groups;
        _inputs = inputs;
        _preprocessing = preprocessing;
    }

    /// <summary>So many samples have to be there for some of them to be held back.</summary>
    private const int FewestToSplit = 20;

    /// <summary>Every so many-th sample is held back.</summary>
    private const int HeldBackPart = 5;

    private const int NamesShown = 3;

    private Func<long, bool> _isMeant = _ => true;

    /// <summary>Number of samples in all files.</summary>
    public int Count { get; private init; }

    /// <summary>What the largest element of the first output is to be for each sample; empty where that is not known.</summary>
    public IReadOnlyList<long> Labels { get; private init; } = [];

    /// <summary>Looks at the headers of all files.</summary>
    /// <param name="files">Their order is the order of the samples.</param>
    /// <param name="inputs">The model's inputs with their types and shapes.</param>
    /// <param name="preprocessing">How pictures become inputs; null where nothing was said.</param>
    /// <exception cref="CompilationException">
    /// What is wrong with the files, each kind once: MODELB2002 (shapes), MODELB2003 (types, damaged files, pictures of which too little
    /// is said).
    /// </exception>
    public static CalibrationData Open(
        IReadOnlyList<string> files, IReadOnlyList<Value> inputs, ImagePreprocessing? preprocessing = null) =>
        Open(SampleGroup.Of(files), inputs, preprocessing);

    /// <summary>The same, where it is known which files belong together.</summary>
    public static CalibrationData Open(
        IReadOnlyList<SampleGroup> groups, IReadOnlyList<Value> inputs, ImagePreprocessing? preprocessing = null)
    {
        var findings = new List<(SampleFormat Format, Finding Finding)>();
        long count = 0;
        foreach (SampleGroup group in groups)
        {
            try
            {
                using var source = SampleFile.Open(group, inputs, preprocessing);
                count += source.Count;
            }
            catch (CompilationException e)
            {
                findings.AddRange(e.Findings.Select(f => (group.Format, f)));
            }
        }

        return findings.Count == 0
            ? new CalibrationData(groups, inputs, preprocessing) { Count = checked((int)count) }
            : throw new CompilationException(
                [.. findings.GroupBy(f => (f.Format, f.Finding.Code)).Select(g => First([.. g.Select(f => f.Finding)]))]);
    }

    /// <summary>The first of findings of one kind, with the names of the other files: what is wrong with one is so with hundreds.</summary>
    private static Finding First(Finding[] same)
    {
        string[] others = [.. same.Skip(1).Select(f => f.File).OfType<string>().Distinct(StringComparer.Ordinal)];
        return others.Length == 0 ? same[0] : same[0] with
        {
            Message = $"{same[0].Message} So it is, or nearly, with {Plural.Of(others.Length, "more file")}: "
                + string.Join(", ", others.Take(NamesShown).Select(n => $"'{n}'")) + (others.Length > NamesShown ? ", …" : "."),
        };
    }

    /// <summary>The same samples with labels.</summary>
    /// <param name="labels">One for each.</param>
    public CalibrationData WithLabels(IReadOnlyList<long> labels) =>
        new(_groups, _inputs, _preprocessing) { Count = Count, Labels = labels };

    /// <summary>A fifth of the samples, spread evenly, that shows how well what was learnt from the others holds for it.</summary>
    /// <returns>All samples and null where there are too few.</returns>
    public (CalibrationData Kept, CalibrationData? HeldBack) Split()
    {
        return Count < FewestToSplit ? (this, null) : (Part(isHeldBack: false), Part(isHeldBack: true));

        CalibrationData Part(bool isHeldBack)
        {
            bool IsMeant(long index) => (index % HeldBackPart == HeldBackPart - 1) == isHeldBack;
            return new CalibrationData(_groups, _inputs, _preprocessing)
            {
                Count = Enumerable.Range(0, Count).Count(i => IsMeant(i)),
                Labels = [.. Labels.Where((_, i) => IsMeant(i))],
                _isMeant = IsMeant,
            };
        }
    }

    /// <summary>So many of the samples, spread evenly over all.</summary>
    public IEnumerable<IReadOnlyDictionary<string, Tensor>> Spread(int count) =>
        count >= Count ? Samples() : Spread(Samples(), Count, count);

    /// <summary>So many of all, spread evenly over them.</summary>
    internal static IEnumerable<T> Spread<T>(IEnumerable<T> samples, int all, int count) =>
        samples.Where((_, i) => (long)(i + 1) * count / all > (long)i * count / all);

    /// <summary>The samples in order, each with a tensor per input: of the input's type and rank, with a batch of one.</summary>
    /// <exception cref="CompilationException">
    /// MODELB2003: a file turns out to be damaged, or holds values that cannot be samples.
    /// </exception>
    public IEnumerable<IReadOnlyDictionary<string, Tensor>> Samples()
    {
        long index = 0;
        foreach (SampleGroup group in _groups)
        {
            using var source = SampleFile.Open(group, _inputs, _preprocessing);
            for (long i = 0; i < source.Count; i++)
            {
                IReadOnlyDictionary<string, Tensor> sample = source.Next();
                if (_isMeant(index++))
                {
                    yield return sample;
                }
            }
        }
    }
}
