using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>Recurrent layers against the definition in double precision, which takes one sequence after the other.</summary>
public sealed class RecurrenceTests
{
    private const double Tolerance = 2e-5;

    public static TheoryData<string, int, bool> Layers
    {
        get
        {
            var data = new TheoryData<string, int, bool>();
            foreach (string cell in (string[])["lstm", "gru", "gru reset last", "simple"])
            {
                foreach (int directions in (int[])[1, 2])
                {
                    data.Add(cell, directions, true);
                    data.Add(cell, directions, false);
                }
            }

            return data;
        }
    }

    public static TheoryData<string> Spans =>
    [
        "input", "weights", "recurrent weights", "bias", "peepholes", "lengths", "initialHidden", "initialCell", "output", "lastHidden",
        "lastCell", "scratch",
    ];

    [Theory]
    [MemberData(nameof(Layers))]
    public void Recurrence_AnyShape_GivesTheDefinition(string cell, int directions, bool isPacked)
    {
        foreach ((int steps, int batch, int input, int hidden) in
            (IEnumerable<(int, int, int, int)>)[(0, 2, 3, 4), (1, 1, 1, 1), (4, 3, 5, 7), (7, 2, 16, 16), (3, 5, 20, 33)])
        {
            AssertGivesTheDefinition(new Layer(cell, steps, batch, input, hidden, directions) { IsPacked = isPacked });
        }
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void Recurrence_SequencesOfSeveralLengthsAndInitialStates_GivesTheDefinition(string cell, int directions, bool isPacked) =>
        AssertGivesTheDefinition(new Layer(cell, 6, 5, 4, 9, directions)
        {
            IsPacked = isPacked, Lengths = [6, 1, 0, 4, 6], HasInitialStates = true,
        });

    [Theory]
    [InlineData("lstm", true)]
    [InlineData("gru", true)]
    [InlineData("gru reset last", true)]
    [InlineData("simple", true)]
    [InlineData("lstm", false)]
    public void Recurrence_InReverse_GivesTheDefinition(string cell, bool hasBias) =>
        AssertGivesTheDefinition(new Layer(cell, 5, 3, 4, 6, 1) { IsReverse = true, HasBias = hasBias, Lengths = [2, 5, 3] });

    [Theory]
    [InlineData(false, float.PositiveInfinity)]
    [InlineData(true, float.PositiveInfinity)]
    [InlineData(false, 0.3f)]
    [InlineData(true, 0.3f)]
    public void Lstm_PeepholesClipAndCoupledGates_GivesTheDefinition(bool isCoupled, float clip) =>
        AssertGivesTheDefinition(new Layer("lstm", 5, 3, 4, 18, 2)
        {
            HasPeepholes = true, IsCoupled = isCoupled, Clip = clip, HasInitialStates = true, Lengths = [5, 2, 4],
        });

    /// <summary>Three functions that no two gates share, so that each is known by its results.</summary>
    [Fact]
    public void Lstm_ThreeFunctions_EachHasItsPlace() =>
        AssertGivesTheDefinition(new Layer("lstm", 4, 3, 5, 18, 2)
        {
            F = (RecurrentActivation.HardSigmoid(0.3f, 0.45f), x => Math.Clamp((0.3f * x) + 0.45f, 0, 1)),
            G = (RecurrentActivation.Softsign(), x => x / (1 + Math.Abs(x))),
            H = (RecurrentActivation.Relu(), x => Math.Max(0, x)),
        });

    [Fact]
    public void Gru_TwoFunctions_EachHasItsPlace()
    {
        foreach (string cell in (string[])["gru", "gru reset last"])
        {
            AssertGivesTheDefinition(new Layer(cell, 4, 3, 5, 18, 2)
            {
                F = (RecurrentActivation.HardSigmoid(0.3f, 0.45f), x => Math.Clamp((0.3f * x) + 0.45f, 0, 1)),
                G = (RecurrentActivation.Softsign(), x => x / (1 + Math.Abs(x))),
            });
        }
    }

    [Theory]
    [InlineData("gru")]
    [InlineData("gru reset last")]
    [InlineData("simple")]
    public void Recurrence_Clip_GivesTheDefinition(string cell) =>
        AssertGivesTheDefinition(new Layer(cell, 5, 2, 4, 6, 1) { Clip = 0.25f });

    [Fact]
    public void Simple_AnyActivation_GivesItsFormula()
    {
        (RecurrentActivation Kernel, Func<double, double> Formula)[] functions =
        [
            (RecurrentActivation.Sigmoid(), x => 1 / (1 + Math.Exp(-x))),
            (RecurrentActivation.Tanh(), Math.Tanh),
            (RecurrentActivation.Relu(), x => Math.Max(0, x)),
            (RecurrentActivation.LeakyRelu(0.3f), x => x < 0 ? 0.3f * x : x),
            (RecurrentActivation.ThresholdedRelu(0.4f), x => x > 0.4f ? x : 0),
            (RecurrentActivation.Affine(0.6f, 0.2f), x => (0.6f * x) + 0.2f),
            (RecurrentActivation.ScaledTanh(1.7f, 0.6f), x => 1.7f * Math.Tanh(0.6f * x)),
            (RecurrentActivation.HardSigmoid(0.3f, 0.45f), x => Math.Clamp((0.3f * x) + 0.45f, 0, 1)),
            (RecurrentActivation.Elu(0.8f), x => x < 0 ? 0.8f * (Math.Exp(x) - 1) : x),
            (RecurrentActivation.Softsign(), x => x / (1 + Math.Abs(x))),
            (RecurrentActivation.Softplus(), x => Math.Log(1 + Math.Exp(x))),
        ];
        foreach ((RecurrentActivation kernel, Func<double, double> formula) in functions)
        {
            AssertGivesTheDefinition(new Layer("simple", 3, 2, 4, 19, 1) { F = (kernel, formula) });
        }
    }

    [Theory]
    [MemberData(nameof(Spans))]
    public void Recurrence_SpanOfWrongLength_Throws(string span)
    {
        foreach (bool isPacked in (bool[])[true, false])
        {
            foreach (string cell in (string[])["lstm", "gru", "simple"])
            {
                var layer = new Layer(cell, 4, 3, 5, 7, 2)
                {
                    IsPacked = isPacked, HasPeepholes = true, HasInitialStates = true, Lengths = [4, 4, 2],
                };
                layer.Run();
                if (cell == "lstm" || span is not ("peepholes" or "initialCell" or "lastCell"))
                {
                    layer.Shorter = span;
                    Assert.ThrowsAny<ArgumentException>(layer.Run);
                }
            }
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(5)]
    public void Recurrence_LengthThatIsNone_Throws(int length)
    {
        foreach (string cell in (string[])["lstm", "gru", "simple"])
        {
            Assert.Throws<ArgumentOutOfRangeException>("lengths", new Layer(cell, 4, 2, 3, 3, 1) { Lengths = [1, length] }.Run);
        }
    }

    [Theory]
    [InlineData(-1, 1, 1, 1, 1, 0)]
    [InlineData(1, -1, 1, 1, 1, 0)]
    [InlineData(1, 1, 0, 1, 1, 0)]
    [InlineData(1, 1, 1, 0, 1, 0)]
    [InlineData(1, 1, 1, 1, 1, 1)]
    [InlineData(1, 1, 1, 1, 1, -1)]
    public void RecurrentShape_SizeOutOfRange_Throws(int steps, int batch, int input, int hidden, int directions, int direction) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RecurrentShape(steps, batch, input, hidden, directions, direction));

    [Fact]
    public void Recurrence_OutputsThatNobodyAsksFor_AreLeftOut()
    {
        foreach (string cell in (string[])["lstm", "gru", "simple"])
        {
            var all = new Layer(cell, 4, 3, 5, 7, 1) { Lengths = [4, 1, 3] };
            all.Run();
            var one = new Layer(cell, 4, 3, 5, 7, 1) { Lengths = [4, 1, 3], Output = [], LastCell = [] };
            one.Run();
            Assert.Equal(all.LastHidden, one.LastHidden);
        }
    }

    private static void AssertGivesTheDefinition(Layer layer)
    {
        layer.Run();
        (double[] output, double[] lastHidden, double[] lastCell) = layer.Define();
        AssertClose(output, layer.Output);
        AssertClose(lastHidden, layer.LastHidden);
        if (layer.Cell == "lstm")
        {
            AssertClose(lastCell, layer.LastCell);
        }
    }

    private static void AssertClose(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.InRange(actual[i], expected[i] - Tolerance, expected[i] + Tolerance);
        }
    }

    /// <summary>A layer of random numbers, and what to do with it.</summary>
    private sealed class Layer(string cell, int steps, int batch, int inputSize, int hidden, int directions)
    {
        private static readonly (RecurrentActivation, Func<double, double>) s_sigmoid =
            (RecurrentActivation.Sigmoid(), x => 1 / (1 + Math.Exp(-x)));

        private static readonly (RecurrentActivation, Func<double, double>) s_tanh = (RecurrentActivation.Tanh(), Math.Tanh);

        private readonly int _gates = Gates(cell);
        private readonly float[] _input = Samples.Floats(steps * batch * inputSize, 1, 1);
        private readonly float[] _weights = Samples.Floats(directions * Gates(cell) * hidden * inputSize, 2, 1);

        private readonly float[] _recurrent = Samples.Floats(directions * Gates(cell) * hidden * hidden, 3, 2f / hidden);
        private readonly float[] _bias = Samples.Floats(directions * 2 * Gates(cell) * hidden, 4, 1);
        private readonly float[] _peepholes = Samples.Floats(directions * 3 * hidden, 5, 1);
        private readonly float[] _initialHidden = Samples.Floats(directions * batch * hidden, 6, 1);
        private readonly float[] _initialCell = Samples.Floats(directions * batch * hidden, 7, 1);

        public string Cell => cell;

        public bool IsPacked { get; init; }

        public bool IsReverse { get; init; }

        public bool HasBias { get; init; } = true;

        public bool HasPeepholes { get; init; }

        public bool HasInitialStates { get; init; }

        public bool IsCoupled { get; init; }

        public float Clip { get; init; } = float.PositiveInfinity;

        public int[] Lengths { get; init; } = [];

        public (RecurrentActivation Kernel, Func<double, double> Formula) F { get; init; } = cell == "simple" ? s_tanh : s_sigmoid;

        public (RecurrentActivation Kernel, Func<double, double> Formula) G { get; init; } = s_tanh;

        public (RecurrentActivation Kernel, Func<double, double> Formula) H { get; init; } = s_tanh;

        /// <summary>The span that lacks an element.</summary>
        public string Shorter { get; set; } = string.Empty;

        public float[] Output { get; init; } = new float[steps * directions * batch * hidden];

        public float[] LastHidden { get; } = new float[directions * batch * hidden];

        public float[] LastCell { get; init; } = new float[directions * batch * hidden];

        private float[] Bias => HasBias ? _bias : [];

        public void Run()
        {
            Output.AsSpan().Fill(float.NaN);
            for (int direction = 0; direction < directions; direction++)
            {
                Run(direction);
            }
        }

        private void Run(int direction)
        {
            var shape = new RecurrentShape(steps, batch, inputSize, hidden, directions, direction, IsReverse || direction == 1);
            RecurrentWeights weights = IsPacked ? Packed(direction) : RecurrentWeights.Plain(
                Span("weights", _weights), Span("recurrent weights", _recurrent), Span("bias", Bias));
            byte[] memory = new byte[(int)shape.ScratchBytes(_gates, IsPacked) - (Shorter == "scratch" ? 1 : 0)];
            memory.AsSpan().Fill(0xFF);
            float[] input = Span("input", _input);
            int[] lengths = Span("lengths", Lengths);
            float[] initialHidden = Span("initialHidden", HasInitialStates ? _initialHidden : []);
            float[] output = Span("output", Output);
            float[] lastHidden = Span("lastHidden", LastHidden);
            switch (cell)
            {
                case "lstm":
                    Recurrence.Lstm(
                        shape, weights, F.Kernel, G.Kernel, H.Kernel, input, memory, Clip, IsCoupled,
                        Span("peepholes", HasPeepholes ? _peepholes : []), lengths, initialHidden,
                        Span("initialCell", HasInitialStates ? _initialCell : []), output, lastHidden, Span("lastCell", LastCell));
                    break;
                case "simple":
                    Recurrence.Simple(shape, weights, F.Kernel, input, memory, Clip, lengths, initialHidden, output, lastHidden);
                    break;
                default:
                    Recurrence.Gru(
                        shape, weights, F.Kernel, G.Kernel, input, memory, Clip, cell == "gru reset last", lengths, initialHidden,
                        output, lastHidden);
                    break;
            }
        }

        /// <summary>What ONNX says, for one sequence after the other.</summary>
        public (double[] Output, double[] LastHidden, double[] LastCell) Define()
        {
            var output = new double[steps * directions * batch * hidden];
            var lastHidden = new double[directions * batch * hidden];
            var lastCell = new double[directions * batch * hidden];
            for (int direction = 0; direction < directions; direction++)
            {
                for (int sequence = 0; sequence < batch; sequence++)
                {
                    int first = ((direction * batch) + sequence) * hidden;
                    double[] h = [.. Enumerable.Range(first, hidden).Select(i => HasInitialStates ? (double)_initialHidden[i] : 0)];
                    double[] c = [.. Enumerable.Range(first, hidden).Select(i => HasInitialStates ? (double)_initialCell[i] : 0)];
                    int length = Lengths.Length == 0 ? steps : Lengths[sequence];
                    IEnumerable<int> order = Enumerable.Range(0, length);
                    foreach (int step in IsReverse || direction == 1 ? order.Reverse() : order)
                    {
                        Advance(direction, (step * batch) + sequence, h, c);
                        h.CopyTo(output, ((((step * directions) + direction) * batch) + sequence) * hidden);
                    }

                    if (length > 0 || Lengths.Length == 0)
                    {
                        h.CopyTo(lastHidden, first);
                        c.CopyTo(lastCell, first);
                    }
                }
            }

            return (output, lastHidden, lastCell);
        }

        private void Advance(int direction, int row, double[] h, double[] c)
        {
            float[] bias = Bias;
            double[] before = [.. h];
            if (cell == "lstm")
            {
                double[] i = Gate(0, F.Formula, c, 0);
                double[] f = IsCoupled ? [.. i.Select(v => 1 - v)] : Gate(2, F.Formula, c, 2);
                double[] g = Gate(3, G.Formula);
                for (int k = 0; k < hidden; k++)
                {
                    c[k] = (f[k] * c[k]) + (i[k] * g[k]);
                }

                double[] o = Gate(1, F.Formula, c, 1);
                for (int k = 0; k < hidden; k++)
                {
                    h[k] = o[k] * H.Formula(c[k]);
                }
            }
            else if (cell == "simple")
            {
                Gate(0, F.Formula).CopyTo(h, 0);
            }
            else
            {
                double[] z = Gate(0, F.Formula);
                double[] r = Gate(1, F.Formula);
                double[] reset = [.. before.Select((v, k) => v * r[k])];
                for (int k = 0; k < hidden; k++)
                {
                    double state = cell == "gru" ? OfState(2, k, reset) : r[k] * OfState(2, k, before);
                    h[k] = ((1 - z[k]) * G.Formula(Clamp(OfInput(2, k) + state))) + (z[k] * before[k]);
                }
            }

            double[] Gate(int gate, Func<double, double> function, double[]? cellState = null, int peephole = 0) =>
                [.. Enumerable.Range(0, hidden).Select(k => function(Clamp(
                    OfInput(gate, k) + OfState(gate, k, before)
                        + (HasPeepholes && cellState is not null
                            ? _peepholes[(((direction * 3) + peephole) * hidden) + k] * cellState[k] : 0))))];

            double OfInput(int gate, int k)
            {
                int weights = ((((direction * _gates) + gate) * hidden) + k) * inputSize;
                double sum = HasBias ? bias[(((direction * 2 * _gates) + gate) * hidden) + k] : 0;
                for (int n = 0; n < inputSize; n++)
                {
                    sum += (double)_input[(row * inputSize) + n] * _weights[weights + n];
                }

                return sum;
            }

            double OfState(int gate, int k, double[] state)
            {
                int weights = ((((direction * _gates) + gate) * hidden) + k) * hidden;
                double sum = HasBias ? bias[((((direction * 2) + 1) * _gates) + gate) * hidden + k] : 0;
                for (int n = 0; n < hidden; n++)
                {
                    sum += state[n] * _recurrent[weights + n];
                }

                return sum;
            }

            double Clamp(double x) => Math.Clamp(x, -Clip, Clip);
        }

        private RecurrentWeights Packed(int direction)
        {
            ReadOnlySpan<float> bias = HasBias ? Part(Bias) : new float[2 * _gates * hidden];
            return RecurrentWeights.Packed(
                Span("weights", WeightPacking.GatesFloat32(Part(_weights), _gates, new GemmShape(1, inputSize, hidden))),
                Span("recurrent weights", WeightPacking.GatesFloat32(Part(_recurrent), _gates, new GemmShape(1, hidden, hidden))),
                Span("bias", WeightPacking.PadChannels(bias, 2 * _gates * hidden, 2 * _gates)));

            ReadOnlySpan<float> Part(float[] all) => all.AsSpan(all.Length / directions * direction, all.Length / directions);
        }

        private static int Gates(string cell) => cell == "lstm" ? 4 : cell == "simple" ? 1 : 3;

        private T[] Span<T>(string name, T[] values) => name == Shorter ? values[..^1] : values;
    }
}
