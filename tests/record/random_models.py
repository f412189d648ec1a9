"""The model at the end of a random program: layers, members, and what is asked of it."""

from random_expressions import NAMES


class Models:
    def size(self):
        return f"(abs({self.of('int', 1)}) % 5 + 1)"

    def layer(self, depth=1):
        r, n = self.r, self.size
        return self.pick(
            lambda: f"nn.Linear({n()}, {n()}{r.choice(['', ', bias=False', ', dtype=torch.float16'])})",
            lambda: f"nn.Embedding({n()}, {n()})",
            lambda: f"nn.LayerNorm({n()}{r.choice(['', ', elementwise_affine=False', ', bias=False'])})",
            lambda: f"nn.BatchNorm{r.choice('12')}d({n()}{r.choice(['', ', affine=False', ', track_running_stats=False'])})",
            lambda: f"nn.Conv{r.choice('12')}d({n()}, 4, {r.choice(['3', '(2)'])}{r.choice(['', ', bias=False', ', stride=2, padding=1'])})",
            lambda: f"nn.{r.choice(['ReLU', 'GELU', 'Identity', 'Dropout', 'Tanh', 'SiLU'])}()",
            lambda: f"nn.Sequential({', '.join(self.layer(depth - 1) for _ in range(r.randint(0, 3)))})" if depth > 0 else "nn.PReLU()",
            lambda: f"nn.ModuleList([{self.layer(0)} for _ in range({n()})])",
            lambda: f"nn.ModuleDict({{k: {self.layer(0)} for k in ('a', 'b')}})",
            lambda: f"nn.ParameterList([nn.Parameter(torch.zeros(i + 1)) for i in range({n()})])",
            lambda: f"nn.{r.choice(['LSTM', 'GRU', 'RNN'])}({n()}, {n()}{r.choice(['', ', num_layers=2', ', bidirectional=True', ', bias=False'])})",
            lambda: f"nn.MultiheadAttention(4, 2{r.choice(['', ', bias=False', ', add_bias_kv=True', ', kdim=3'])})",
            lambda: f"nn.utils.parametrizations.weight_norm({'nn.Linear(2, 3)'})",
            lambda: f"nn.utils.weight_norm(nn.Linear(2, 3))" if r.random() < 0.3 else f"nn.RMSNorm({n()})",
            lambda: f"torch.jit.script(nn.Linear(2, {n()}))" if r.random() < 0.2 else f"nn.GroupNorm(1, {n()})",
            lambda: f"torch.compile(nn.Linear({n()}, 2))" if r.random() < 0.3 else f"nn.Bilinear({n()}, 2, 3)",
        )()

    def member(self, i):
        r, n = self.r, self.size
        name = r.choice(NAMES)
        tensor = lambda: r.choice([f"torch.zeros({n()})", f"torch.ones({n()}, {n()}, dtype=torch.{r.choice(['float16', 'int64', 'bool', 'bfloat16'])})", f"torch.arange({n()})", f"torch.zeros({n()}, {n()}){r.choice(['.t()', '[0]', '.unsqueeze(1)', '.half()', '.sum()'])}", "torch.tensor([1.0, 2.0])", f"torch.empty({n()}).long()"])
        return self.pick(
            lambda: f"self.{name} = {self.layer()}",
            lambda: f"self.{name} = {self.layer()}",
            lambda: f"self.{name} = nn.Parameter({tensor()}{r.choice(['', ', requires_grad=False'])})",
            lambda: f"self.register_buffer('{name}', {tensor()}{r.choice(['', ', persistent=False'])})",
            lambda: f"self.{name} = {tensor()}",
            lambda: f"self.{name} = None",
            lambda: f"self.register_parameter('{name}', {r.choice(['None', 'nn.Parameter(torch.zeros(2))'])})",
            lambda: f"self.add_module('{name}', {r.choice(['None', self.layer()])})",
            lambda: f"setattr(self, f'{name}_{{{n()}}}', {self.layer()})",
            lambda: f"object.__setattr__(self, '{name}', {self.layer(0)})",
            lambda: f"self.{name} = self.first",
            lambda: f"self.{name} = self.first.weight",
            lambda: f"self.first.{name} = self.{r.choice(NAMES)}",
            lambda: f"del self.{name}",
            lambda: f"self.__dict__['{name}'] = {self.layer(0)}",
            lambda: f"self._modules['{name}'] = {self.layer(0)}",
            lambda: f"self._parameters['{name}'] = nn.Parameter(torch.zeros(1))",
            lambda: f"self.{name} = copy.deepcopy(self.first)",
            lambda: f"self.{name} = [{self.layer(0)} for _ in range(2)]",
            lambda: f"self.{name} = nn.Buffer({tensor()}, persistent={r.choice(['True', 'False'])})",
            lambda: f"for i, child in enumerate(list(self.children())): self.add_module(f'c{{i}}', child)",
            lambda: f"self.{name} = Sub({n()}, {r.choice(['tie=self.first', 'tie=None', 'deep=True'])})",
            lambda: f"self.apply(lambda m: m.register_buffer('mark', torch.zeros(1)) if isinstance(m, nn.Linear) and not hasattr(m, 'mark') else None)",
            lambda: f"self.{r.choice(['half', 'bfloat16', 'float', 'eval', 'double'])}()",
            lambda: f"self.first.weight = nn.Parameter({tensor()})",
            lambda: f"self.first.weight.data = torch.zeros({n()}, {n()})",
            lambda: f"self.first = self.first.to(torch.{r.choice(['float16', 'bfloat16'])})",
            lambda: f"self.{name} = nn.Sequential(collections.OrderedDict([('x', {self.layer(0)}), ('y', self.first)]))",
            lambda: f"self.first, self.{name} = {self.layer(0)}, self.first",
            lambda: f"[p.requires_grad_(False) for p in self.parameters()]",
            lambda: f"self.{name} = nn.ModuleList(); self.{name}.extend([{self.layer(0)}, {self.layer(0)}]); self.{name}.insert(0, {self.layer(0)})",
            lambda: f"nn.utils.parametrize.register_parametrization(self.first, 'weight', Twice())",
            lambda: f"self.load_state_dict(self.state_dict())",
            lambda: f"self.{name} = sum(p.numel() for p in self.parameters())",
            lambda: f"self.{name} = weakref.ref(self.first)" if r.random() < 0.2 else f"self.{name} = lambda: self.first",
        )()

    def model(self):
        r = self.r
        m = self.name("Model")
        body = [f"self.first = {r.choice(['nn.Linear(2, 3)', self.layer(0)])}"] if r.random() < 0.95 else []
        members = [self.member(i) for i in range(r.randint(2, 8))]
        lines = []
        for each in members:
            roll = r.random()
            if roll < 0.12:
                lines += [f"if {self.of('bool', 2)}:", f"    {each}"]
            elif roll < 0.7:
                lines += ["try:", f"    {each}", "except Exception as error:", "    result.append(f'{type(error).__name__}: {error}')"]
            else:
                lines.append(each)
        base = "nn.Module"
        if r.random() < 0.25:
            b = self.name("Base")
            self.put(f"class {b}(nn.Module):\n    def __init__(self, n=2):\n        super().__init__()\n        self.{r.choice(NAMES)} = nn.Linear(n, n)\n        self.setup()\n    def setup(self): self.register_buffer('base', torch.zeros(1))\n    def __getattr__(self, name):\n        if name == 'dynamic': return 3\n        return super().__getattr__(name)")
            base = b
        if r.random() < 0.1:
            base += ", Mixin" if r.random() < 0.5 else ""
        if "Mixin" in base:
            self.put("class Mixin:\n    def __init__(self, *a, **k):\n        super().__init__(*a, **k)\n        self.mixed = 1")
        self.put("class Twice(nn.Module):\n    def forward(self, x): return x * 2\nclass Sub(nn.Module):\n    def __init__(self, n, tie=None, deep=False):\n        super().__init__()\n        self.w = nn.Linear(n, n)\n        if tie is not None: self.tied = tie\n        if deep: self.deep = Sub(n + 1)")
        self.put(f"class {m}({base}):\n    def __init__(self):\n        super().__init__()")
        for line in body + lines:
            self.put(line, 2)
        if r.random() < 0.15:
            self.put(f"def __setattr__(self, name, value):\n    {r.choice(['if name == ' + repr(r.choice(NAMES)) + ': return object.__setattr__(self, name, value)', 'name = name[::-1] if name in NAMES_ else name'])}\n    super().__setattr__(name, value)\n" + "", 1)
        self.put(f"NAMES_ = {NAMES!r}\nwith torch.device('meta'):\n    model_ = {m}()\nresult.append(rows(model_))")
        for e in r.sample(["[n for n, _ in model_.named_children()]", "len(list(model_.modules()))", "list(model_.state_dict())", "model_.training", "sum(p.numel() for p in model_.parameters())", "hasattr(model_, 'alpha')", "model_.first", "sorted(k for k in vars(model_) if not k.startswith('_'))", "model_.get_submodule('first')", "model_.get_parameter('first.weight').shape", "'first' in model_._modules", "[n for n, p in model_.named_parameters() if p.requires_grad]", "model_.nope", "model_.first[0]", "len(model_.first)", "type(model_.first).__name__", "next(model_.parameters()).dtype", "model_.dynamic", "next(model_.buffers()).shape", "isinstance(model_.first, nn.Module)", "model_._buffers.keys()"], r.randint(0, 4)):
            self.put(f"try:\n    v_ = {e}\n    result.append(type(v_).__name__ if isinstance(v_, nn.Module) else repr(v_))\nexcept Exception as error:\n    result.append(f'{{type(error).__name__}}: {{error}}')")
