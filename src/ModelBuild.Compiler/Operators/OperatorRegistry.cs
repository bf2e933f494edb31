using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>All operators the compiler knows, by domain, name and the version since which they hold.</summary>
/// <remarks>
/// Import brings nodes to the newest form it knows (<c>OpsetUpgrade</c>), so most operators have one entry: the version that introduced
/// them.
/// </remarks>
internal static class OperatorRegistry
{
    /// <summary>The newest operator set whose changes have been read. A later one may mean something else by the same names.</summary>
    public const long NewestOpset = 28;

    /// <summary>The oldest that import understands as a whole: the first with NumPy's broadcasting.</summary>
    public const long OldestOpset = 7;

    /// <summary>
    /// Operators that had the form of <see cref="OldestOpset"/> before it, and since which version. Left out is what broadcasts, has a mode
    /// for training or has become another since.
    /// </summary>
    private static readonly Dictionary<string, long> s_older = Older(
        (1, "Conv ConvTranspose DepthToSpace Flatten Gather GlobalAveragePool GlobalMaxPool Identity LRN LogSoftmax MatMul "
            + "MaxPool Not ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum "
            + "ReduceSumSquare Shape Size Slice Softmax Softplus Softsign SpaceToDepth Squeeze Transpose Unsqueeze"),
        (2, "Pad Split"),
        (4, "Concat"),
        (5, "Reshape"),
        (6, "Abs Cast Ceil Clip Elu Exp Floor HardSigmoid InstanceNormalization LeakyRelu Log Max Mean Min Neg Reciprocal Relu Selu "
            + "Sigmoid Sqrt Sum Tanh Tile"));

    private static readonly Dictionary<(string Domain, string Type), SortedList<long, Operator>> s_operators = [];

    static OperatorRegistry()
    {
        Add("Conv", 1, new Conv());
        Add("Gemm", 1, new Gemm());
        Add("MatMul", 1, new MatMul());
        Add("MaxPool", 1, new MaxPool());
        Add("AveragePool", 1, new AveragePool());
        Add("GlobalAveragePool", 1, new GlobalPool(maximum: false));
        Add("GlobalMaxPool", 1, new GlobalPool(maximum: true));
        Add("BatchNormalization", 1, new BatchNormalization());
        Add("Softmax", 1, new Softmax(logarithm: false));
        Add("LogSoftmax", 1, new Softmax(logarithm: true));
        Add("Clip", 1, new Clip());
        Add("Identity", 1, new Identity());
        Add("Flatten", 1, new Flatten());
        Add("Reshape", 1, new Reshape());
        Add("Squeeze", 1, new Squeeze());
        Add("Unsqueeze", 1, new Unsqueeze());
        Add("Transpose", 1, new Transpose());
        Add("Concat", 1, new Concat());
        Add("Pad", 1, new Pad());
        Add("Slice", 1, new Slice());
        Add("Gather", 1, new Gather());
        Add("Cast", 1, new Cast());
        Add("BitCast", 26, new BitCast());
        Add("Det", 11, new Determinant());
        Add("LinearAttention", 27, new LinearAttention());
        Add("Shape", 1, new ShapeOf());
        Add("Size", 1, new SizeOf());
        Add("ConstantOfShape", 9, new ConstantOfShape());
        Add("Expand", 8, new Expand());
        Add("Range", 11, new Sequence());
        Add("Where", 9, new Where());
        Add("Pow", 7, new Pow());
        Add("Mod", 10, new Mod());
        Add("PRelu", 7, new PRelu());
        Add("ArgMax", 1, new ArgReduction());
        Add("ArgMin", 1, new ArgReduction());
        Add("CumSum", 11, new Cumulative());
        Add("CumProd", 26, new Cumulative());
        Add("TopK", 1, new TopK());
        Add("Split", 1, new Split());
        Add("GatherElements", 11, new GatherElements());
        Add("GatherND", 11, new GatherND());
        Add("ScatterElements", 11, new ScatterElements());
        Add("Scatter", 9, new ScatterElements());
        Add("ScatterND", 11, new ScatterND());
        Add("OneHot", 9, new OneHot());
        Add("Trilu", 14, new Trilu());
        Add("Tile", 6, new Tile());
        Add("ReverseSequence", 10, new ReverseSequence());
        Add("Resize", 10, new Resize());
        Add("Upsample", 7, new Resize());
        Add("GridSample", 16, new GridSample());
        Add("RoiAlign", 10, new RoiAlign());
        Add("MaxRoiPool", 1, new MaxRoiPool());
        Add("MaxUnpool", 9, new MaxUnpool());
        Add("Col2Im", 18, new Col2Im());
        Add("NonZero", 9, new NonZero());
        Add("Compress", 9, new Compress());
        Add("NonMaxSuppression", 10, new NonMaxSuppression());
        Add("Unique", 11, new Unique());
        Add("If", 1, new If());
        Add("Loop", 1, new Loop());
        Add("Scan", 8, new Scan());
        Add("QuantizeLinear", 10, new QuantizeLinear());
        Add("DequantizeLinear", 10, new DequantizeLinear());
        Add("MatMulInteger", 10, new MatMulInteger());
        Add("ConvInteger", 10, new ConvInteger());
        foreach ((string type, long since, Operator family) in (IEnumerable<(string, long, Operator)>)
            [
                .. Composites.All, .. Unary.All, .. FloatTest.All, .. Arithmetic.All, .. Comparison.All, .. BitFunction.All,
                .. Reduction.All, .. Recurrent.All, .. SequenceOperator.All,
            ])
        {
            Add(type, since, family);
        }

        foreach ((string type, Operator own) in Composites.Own)
        {
            Add(type, 1, own, Domains.Internal);
        }

        foreach ((string type, long since, Operator contributed) in Composites.Contributed)
        {
            Add(type, since, contributed, Domains.Microsoft);
        }

        Add("Inverse", 1, new Inverse(), Domains.Microsoft);
    }

    /// <summary>
    /// All operators of the default domain with the version since which each form holds, in ordinal order of their names.
    /// </summary>
    public static IEnumerable<(string Type, long Since, Operator Operator)> All =>
        s_operators.Where(o => o.Key.Domain == Domains.Onnx).OrderBy(o => o.Key.Type, StringComparer.Ordinal)
            .SelectMany(o => o.Value.Select(v => (o.Key.Type, v.Key, v.Value)));

    /// <summary>Names of all operators of ONNX Runtime's own domain, in ordinal order. Most are combinations of others.</summary>
    public static IEnumerable<string> Contributed =>
        s_operators.Keys.Where(o => o.Domain == Domains.Microsoft).Select(o => o.Type).Order(StringComparer.Ordinal);

    /// <summary>Names of all operators of the default domain, in ordinal order.</summary>
    public static IEnumerable<string> Names =>
        All.Select(o => o.Type).Distinct(StringComparer.Ordinal);

    /// <summary>The operator as it was in a version of its set; null where it is not known.</summary>
    public static Operator? Find(string domain, string type, long version = long.MaxValue)
    {
        Operator? found = null;
        if (s_operators.TryGetValue((domain, type), out SortedList<long, Operator>? versions))
        {
            foreach ((long since, Operator candidate) in versions)
            {
                found = since <= version ? candidate : found;
            }
        }

        return found;
    }

    /// <summary>Whether an operator of a model of some version is understood; whether there is one is another question.</summary>
    public static bool Understands(string domain, string type, long version) => domain != Domains.Onnx || version >= OldestOpset
        || (s_older.TryGetValue(type, out long since) && since <= version);

    /// <summary>The operator of a node of an imported graph; null where it is not known.</summary>
    public static Operator? Find(Node node) => Find(node.Domain, node.Type);

    /// <summary>The version that introduced the operator of a node; 1 where it is not known.</summary>
    public static long Since(Node node) =>
        s_operators.TryGetValue((node.Domain, node.Type), out SortedList<long, Operator>? versions) ? versions.Keys[0] : 1;

    private static Dictionary<string, long> Older(params IEnumerable<(long Since, string Types)> versions) =>
        versions.SelectMany(v => v.Types.Split(' '), (v, type) => (type, v.Since)).ToDictionary(StringComparer.Ordinal);

    private static void Add(string type, long since, Operator definition, string domain = Domains.Onnx)
    {
        if (!s_operators.TryGetValue((domain, type), out SortedList<long, Operator>? versions))
        {
            s_operators.Add((domain, type), versions = []);
        }

        versions.Add(since, definition);
    }
}
